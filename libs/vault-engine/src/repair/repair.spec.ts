import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { catalogs, deltas, monthVaults } from '../testing/cloud-paths.js';
import { expectConverged, restoreEverything } from '../testing/convergence.js';
import { alterByte, tear } from '../testing/damage.js';
import { newcomer, onlyVault, vaultWriter } from '../testing/one-vault.js';
import { DAY, HOUR, World } from '../testing/world.js';

let world: World;

beforeEach(() => {
  world = new World();
});

describe('a carried delta', () => {
  it('that is altered is given up, and its records and clearings are written again', async () => {
    const ann = await world.device();
    await ann.write(3, { prefix: 'old', at: Date.UTC(2019, 1, 1) });
    await ann.storage.clearConversation('urn:chat:gone');
    for (let round = 0; round < 14; round++) {
      await ann.write(2, { prefix: `r${round}` });
      await ann.sync();
      world.pass(HOUR);
    }
    world.pass(8 * DAY);
    await ann.sync();
    const [carried = ''] = deltas(world.cloud);
    alterByte(world.cloud, carried, 30);
    expect(await ann.engine().verify()).toMatchObject({ ok: false, damaged: [carried] });
    await ann.engine().repair();
    expect(await ann.engine().verify()).toMatchObject({ ok: true });
    expect(await ann.engine().repair()).toMatchObject({ filesWritten: 0 });
    const bob = await expectConverged(world, [ann]);
    expect(await bob.texts()).toHaveLength(31);
    expect((await bob.content()).cleared).toHaveLength(1);
  });
});

describe('a delta that is damaged', () => {
  it('is given up by a device that had read it, once all it held is elsewhere', async () => {
    const [ann, bob] = [await world.device(), await world.device()];
    await ann.write(3);
    await ann.sync();
    await bob.sync();
    const [path = ''] = deltas(world.cloud);
    alterByte(world.cloud, path, 30);
    const carl = await world.device();
    await carl.engine().repair();
    expect(await carl.engine().verify()).toMatchObject({ ok: false, damaged: [path] });
    await bob.engine().repair();
    expect(await bob.engine().verify()).toMatchObject({ ok: true });
    expect(await bob.engine().repair()).toMatchObject({ filesWritten: 0 });
    await expectConverged(world, [ann, bob, carl]);
    expect(await carl.texts()).toHaveLength(3);
    world.pass(2 * DAY);
    await bob.sync();
    expect(deltas(world.cloud)).not.toContain(path);
  });

  it('is given up by the device whose upload broke off', async () => {
    const ann = await world.device();
    await ann.write(3);
    const breaking = faultyCloud(world.cloud);
    breaking.beforeCall(({ operation, path, bytes }) => {
      if (operation !== 'create' || !bytes) return;
      world.cloud.poke(path, bytes.subarray(0, 40));
      throw new Error('the connection broke');
    });
    await expect(ann.engine(breaking).sync()).rejects.toThrow('broke');
    const torn = deltas(world.cloud);
    await ann.sync();
    expect(await ann.engine().verify()).toMatchObject({ ok: false, damaged: torn });
    await ann.engine().repair();
    expect(await ann.engine().verify()).toMatchObject({ ok: true });
    await expectConverged(world, [ann]);
  });

  it('is not given up while its upload may still be under way', async () => {
    const ann = await world.device();
    await ann.write(3);
    await ann.sync();
    const [path = ''] = deltas(world.cloud);
    tear(world.cloud, path);
    const bob = await world.device();
    await bob.write(1, { prefix: 'bob' });
    await bob.sync();
    await bob.engine().repair();
    expect(catalogs(world.cloud)).toEqual([]);
    await ann.engine().repair();
    expect(await ann.engine().verify()).toMatchObject({ ok: true });
    await expectConverged(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(4);
  });
});

describe('a catalog', () => {
  it('that was not stored as it was sent is no fault once it is written again', async () => {
    const ann = await vaultWriter(world, 'there');
    let isTorn = false;
    const tearing = faultyCloud(world.cloud);
    const { create } = world.cloud;
    tearing.beforeCall(({ operation, path }) => {
      if (operation !== 'create' || !path.includes('/catalogs/') || isTorn) return;
      isTorn = true;
      world.cloud.create = async (to, bytes) => {
        world.cloud.create = create;
        await create.call(world.cloud, to, bytes.subarray(0, 40));
      };
    });
    await ann.write(3, { prefix: 'more' });
    await ann.sync();
    await ann.engine(tearing).compact();
    expect(isTorn).toBe(true);
    expect(await ann.engine().verify()).toMatchObject({ ok: true, damaged: [] });
    await expectConverged(world, [ann]);
  });

  it('that is current and damaged is reported by those who know it, and written anew', async () => {
    const ann = await vaultWriter(world, 'there');
    const [path = ''] = catalogs(world.cloud);
    alterByte(world.cloud, path, 30);
    expect(await ann.engine().verify()).toMatchObject({ ok: false, damaged: [path] });
    await ann.engine().repair();
    expect(await ann.engine().verify()).toMatchObject({ ok: true });
    expect(await ann.engine().repair()).toMatchObject({ filesWritten: 0 });
    const bob = await expectConverged(world, [ann]);
    expect(await bob.texts()).toHaveLength(36);
  });
});

describe('a month of which this device has no messages', () => {
  it('is compared and written again: deletions and reactions count', async () => {
    const ann = await world.device();
    await ann.write(1);
    await ann.sync();
    const [gone] = await ann.write(1, { prefix: 'gone', at: Date.UTC(2021, 2, 3) });
    if (gone) await ann.storage.delete(gone);
    const [cleared] = await ann.write(1, { conversationUrn: 'urn:c', at: Date.UTC(2020, 2, 3) });
    if (cleared) await ann.storage.react(cleared, 'bob', '👍');
    await ann.storage.clearConversation('urn:c');
    await ann.sync();
    world.cloud.drop(deltas(world.cloud)[1] ?? '');
    expect(await ann.engine().verify()).toMatchObject({ ok: false, missingRecords: 3 });
    await ann.engine().repair();
    expect(await ann.engine().verify()).toMatchObject({ ok: true });
    const bob = await expectConverged(world, [ann]);
    expect((await bob.content()).tombstones).toHaveLength(1);
    expect((await bob.content()).reactions).toHaveLength(1);
  });
});

describe('what an upload that broke off left', () => {
  it('is told by verify(), is no fault, and repair() leaves it alone', async () => {
    const ann = await world.device();
    for (let round = 0; round < 5; round++) {
      await ann.write(3, { prefix: `r${round}` });
      await ann.sync();
      world.pass(HOUR);
    }
    const dying = faultyCloud(world.cloud);
    dying.beforeCall(({ operation, path }) => {
      if (operation === 'create' && path.includes('/chat_manifest_')) throw new Error('killed');
    });
    await expect(ann.engine(dying).compact()).rejects.toThrow('killed');
    const left = onlyVault(world);
    tear(world.cloud, left);
    await ann.engine().compact();
    expect(catalogs(world.cloud)).toHaveLength(1);
    expect(await ann.engine().verify()).toMatchObject({
      ok: true,
      unnamed: [],
      abandoned: [left],
    });
    expect(await ann.engine().repair()).toMatchObject({ filesWritten: 0 });
    await expectConverged(world, [ann]);
  });

  it('hides no damage of the vaults beside it', async () => {
    const ann = await vaultWriter(world, 'gone');
    const path = onlyVault(world);
    world.cloud.poke(
      path.replace(/_[0-9a-f-]{36}/, '_00000000-0000-7000-8000-000000000000'),
      world.cloud.peek(path)?.subarray(0, 40) ?? new Uint8Array(),
    );
    alterByte(world.cloud, path, 30);
    expect(await ann.engine().verify()).toMatchObject({ ok: false, damaged: [path] });
    await ann.engine().repair();
    expect(await ann.engine().verify()).toMatchObject({ ok: true });
  });

  it('gives what can be read of it to the vault when nothing else holds that', async () => {
    const ann = await vaultWriter(world, 'gone');
    for (const path of [...catalogs(world.cloud), ...deltas(world.cloud)]) world.cloud.drop(path);
    tear(world.cloud, onlyVault(world), 0.9);
    const bob = await newcomer(world);
    expect(await bob.engine().verify()).toMatchObject({ ok: false, unnamed: [onlyVault(world)] });
    await bob.engine().repair();
    expect(await bob.engine().verify()).toMatchObject({ ok: true, unnamed: [] });
    expect(await bob.engine().repair()).toMatchObject({ filesWritten: 0 });
    const carl = await newcomer(world);
    await restoreEverything(carl);
    expect((await carl.texts()).length).toBeGreaterThan(18);
    expect(await ann.texts()).toEqual(expect.arrayContaining([...(await carl.texts())]));
  });
});

describe('the repair of a sync', () => {
  it('reads no other months than those of which something was missing', async () => {
    const ann = await world.device({ options: { bulkRecords: 5 } });
    await ann.write(10);
    await ann.write(10, { prefix: 'old', at: Date.UTC(2021, 2, 3) });
    await ann.sync();
    const [old = '', other = ''] = monthVaults(world.cloud);
    world.cloud.drop(old);
    const bob = await newcomer(world);
    await bob.engine().restoreMonth({ month: '2021-03' });
    world.cloud.clearRequests();
    await bob.sync();
    const touched = world.cloud.requests.map(({ path }) => path);
    expect(touched).toContain(old);
    expect(touched).not.toContain(other);
    expect(touched).not.toContain('chat-vault/2024');
    expect(catalogs(world.cloud)).toHaveLength(2);
    await ann.sync();
    const carl = await expectConverged(world, [ann, bob]);
    expect(await carl.texts()).toHaveLength(20);
  });
});

describe('a repair while another device compacts', () => {
  it('loses nothing, wherever it comes between', { timeout: 60_000 }, async () => {
    const ann = await vaultWriter(world, 'there');
    await ann.write(3, { prefix: 'more' });
    await ann.sync();
    const bob = await newcomer(world);
    for (let at = 1; ; at++) {
      const fork = await world.fork([ann, bob] as const);
      const [first, second] = fork.devices;
      const cloud = faultyCloud(fork.world.cloud);
      let calls = 0;
      cloud.beforeCall(async () => {
        calls += 1;
        if (calls !== at) return;
        for (const path of monthVaults(fork.world.cloud).slice(0, 1))
          alterByte(fork.world.cloud, path, 30);
        await second.engine().repair();
      });
      await first.engine(cloud).compact();
      if (at > calls) return;
      const fresh = await expectConverged(fork.world, [first, second], { repairs: true });
      expect(await fresh.texts()).toHaveLength(39);
      fork.world.pass(9 * DAY);
      await expectConverged(fork.world, [first, second], { repairs: true });
    }
  });
});
