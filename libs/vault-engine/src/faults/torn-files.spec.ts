import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { describe, expect, it } from 'vitest';
import { catalogs, deltas, manifests, monthVaults } from '../testing/cloud-paths.js';
import { expectConverged, restoreEverything } from '../testing/convergence.js';
import { DAY, type Device, HOUR, World } from '../testing/world.js';

async function writeRounds(world: World, device: Device, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await device.write(2, { prefix: `r${round}` });
    await device.sync();
    world.pass(HOUR);
  }
}

/** The next upload to such a path stores half of its bytes and reports success. */
function tearNext(world: World, part: string) {
  const cloud = faultyCloud(world.cloud);
  let isTorn = false;
  cloud.beforeCall(({ operation, path, bytes }) => {
    if (isTorn || operation !== 'create' || !path.includes(part) || !bytes) return;
    isTorn = true;
    const { create } = world.cloud;
    world.cloud.create = async (to, sent) => {
      world.cloud.create = create;
      await create.call(world.cloud, to, sent.subarray(0, sent.length / 2));
    };
  });
  return cloud;
}

describe('a torn, partial or altered file', () => {
  it('that is a delta is reported, stops nothing, is never folded, and its writer writes it again', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await ann.write(2, { prefix: 'torn' });
    await ann.engine(tearNext(world, '/deltas/')).sync();
    const [torn] = deltas(world.cloud);
    await ann.storage.save([]);
    await bob.write(1, { prefix: 'other' });
    const report = await bob.sync();
    expect(report.skipped).toEqual([{ path: torn, reason: 'digest-mismatch' }]);
    expect(report.warnings.map(({ code }) => code)).toEqual(['damaged-file']);
    expect(report.recordsUploaded).toBe(1);
    await ann.sync();
    expect(deltas(world.cloud)).toHaveLength(3);
    await writeRounds(world, ann, 12);
    await bob.sync();
    expect(deltas(world.cloud)).toContain(torn);
    expect([...(await bob.texts())].filter((text) => text.startsWith('torn'))).toHaveLength(2);
  });

  it.each([
    ['delta', '20240601T000000000Z_0190e0a0-0000-7000-8000-000000000001_0123456789abcdef.json.gz'],
    ['catalog', '00000009_0190e0a0-0000-7000-8000-000000000001.json.gz'],
  ])('that is a %s of a size beyond all limits is reported and not fetched', async (kind, name) => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await ann.write(1);
    await ann.sync();
    const path = `chat-vault/${kind}s/${name}`;
    world.cloud.poke(path, new Uint8Array(21 * 1024 * 1024));
    world.cloud.clearRequests();
    const report = await bob.sync();
    expect(report.skipped).toContainEqual({ path, reason: 'too-large' });
    expect(report.messagesNew).toBe(1);
    expect(world.cloud.requests.filter((request) => request.path === path)).toEqual([]);
  });

  it('is read again only when it changed, else once a day, and is reported each time', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await ann.write(1);
    await ann.sync();
    const [path = ''] = deltas(world.cloud);
    const whole = world.cloud.peek(path) ?? new Uint8Array();
    world.cloud.poke(path, whole.slice(0, 40));
    await bob.sync();
    const again = await bob.sync();
    expect(again).toMatchObject({ filesRead: 0, skipped: [{ path }] });
    world.pass(DAY);
    expect(await bob.sync()).toMatchObject({ filesRead: 1 });
    world.cloud.poke(path, whole);
    expect(await bob.sync()).toMatchObject({ messagesNew: 1, skipped: [] });
  });

  it.each(['/chat_vault_', '/chat_manifest_', '/deltas/'])(
    'under %s among the products of a compaction commits nothing',
    async (part) => {
      const world = new World();
      const [ann, bob] = [await world.device(), await world.device()];
      await ann.write(2, { prefix: 'old', at: Date.UTC(2020, 1, 1) });
      await writeRounds(world, ann, 5);
      const report = await ann.engine(tearNext(world, part)).compact();
      expect(report.committed).toBe(false);
      expect(report.abandoned).toBeTypeOf('string');
      expect(catalogs(world.cloud)).toEqual([]);
      expect(await ann.engine().compact()).toMatchObject({ committed: true });
      await ann.engine().repair();
      const fresh = await expectRestored(world, [ann, bob]);
      expect(await fresh.texts()).toHaveLength(12);
    },
  );

  it('that is a catalog is no commit: it is written again, and nothing is collected on its word', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await writeRounds(world, ann, 5);
    expect(await ann.engine(tearNext(world, '/catalogs/')).compact()).toMatchObject({
      committed: true,
    });
    expect(catalogs(world.cloud)).toHaveLength(2);
    world.pass(9 * DAY);
    await ann.sync();
    await bob.sync();
    await expectRestored(world, [ann, bob]);
  });

  it('that is a catalog damaged later stops the collection of what it superseded', async () => {
    const world = new World();
    const ann = await world.device();
    await writeRounds(world, ann, 12);
    const [path = ''] = catalogs(world.cloud);
    const bytes = world.cloud.peek(path) ?? new Uint8Array();
    world.cloud.poke(path, bytes.slice(0, bytes.length - 9));
    world.pass(9 * DAY);
    const before = deltas(world.cloud);
    expect(await ann.engine().collectGarbage()).toMatchObject({ deltasRemoved: 0 });
    expect(deltas(world.cloud)).toEqual(before);
  });

  it('of a bulk backup is uploaded again before it is acknowledged', async () => {
    const world = new World();
    const [ann, bob] = [await world.device({ options: { bulkRecords: 3 } }), await world.device()];
    await ann.write(5);
    await ann.write(5, { prefix: 'old', at: Date.UTC(2020, 1, 1) });
    await ann.engine(tearNext(world, '/chat_vault_2020')).sync();
    await expectRestored(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(10);
  });

  it('of a bulk backup that was removed before its catalog was written is uploaded again', async () => {
    const world = new World();
    const [ann, bob] = [await world.device({ options: { bulkRecords: 3 } }), await world.device()];
    await ann.write(5);
    await ann.write(5, { prefix: 'old', at: Date.UTC(2020, 1, 1) });
    const dying = faultyCloud(world.cloud);
    dying.beforeCall(({ operation, path }) => {
      if (operation === 'create' && path.includes('/catalogs/'))
        throw new Error('the page was killed');
    });
    await expect(ann.engine(dying).sync()).rejects.toThrow('killed');
    const [path = ''] = monthVaults(world.cloud);
    world.cloud.drop(path);
    await ann.sync();
    await expectRestored(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(10);
  });

  it('that is a month vault is reported, leaves the rest readable, and a device that has its content heals it', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await writeRounds(world, ann, 12);
    const [path = ''] = monthVaults(world.cloud);
    const bytes = world.cloud.peek(path) ?? new Uint8Array();
    world.cloud.poke(
      path,
      bytes.map((byte, index) => (index === 30 ? byte ^ 1 : byte)),
    );
    await bob.sync();
    const month = await bob.engine().restoreMonth({ month: '2024-06' });
    expect(month.incomplete).toBe(true);
    expect(month.warnings.map(({ code }) => code)).toContain('damaged-file');
    await ann.engine().repair();
    await bob.sync();
    expect([...(await bob.texts())].sort()).toEqual([...(await ann.texts())].sort());
  });

  it('that is a manifest of a size beyond all limits is fetched no further, reported, and healed', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await writeRounds(world, ann, 12);
    const [path = ''] = manifests(world.cloud);
    const whole = world.cloud.peek(path) ?? new Uint8Array();
    // As genuine at its beginning as can be.
    const endless = new Uint8Array(40 * 1024 * 1024);
    endless.set(whole);
    world.cloud.poke(path, endless);
    await bob.sync();
    world.cloud.clearRequests();
    const month = await bob.engine().restoreMonth({ month: '2024-06' });
    expect(month.incomplete).toBe(true);
    expect(month.skipped).toContainEqual({
      path: monthVaults(world.cloud)[0],
      reason: 'too-large',
    });
    await ann.engine().verify();
    await ann.engine().repair();
    const reads = world.cloud.requests.filter((request) => request.path === path);
    expect(reads.length).toBeGreaterThan(1);
    for (const { kind, bytes } of reads)
      if (kind === 'read') expect(bytes).toBeLessThanOrEqual(20 * 1024 * 1024 + 1);
    await bob.sync();
    expect([...(await bob.texts())].sort()).toEqual([...(await ann.texts())].sort());
  });

  it('that is a damaged month vault does not stop compaction for good', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await writeRounds(world, ann, 12);
    const [path = ''] = monthVaults(world.cloud);
    const bytes = world.cloud.peek(path) ?? new Uint8Array();
    world.cloud.poke(
      path,
      bytes.map((byte, index) => (index === 30 ? byte ^ 1 : byte)),
    );
    for (let round = 0; round < 60; round++) {
      await ann.write(1, { prefix: `later${round}` });
      await ann.sync();
      world.pass(3 * HOUR);
    }
    const { unfoldedDeltas } = await ann.engine().inventory();
    expect(unfoldedDeltas).toBeLessThanOrEqual(12);
    await bob.sync();
    await restoreEverything(bob);
    expect([...(await bob.texts())].sort()).toEqual([...(await ann.texts())].sort());
  });
});

/** All hold the same; damaged files may lie about. */
async function expectRestored(world: World, devices: readonly Device[]): Promise<Device> {
  const fresh = await world.device();
  for (const device of [...devices, fresh]) {
    await device.sync();
    await restoreEverything(device);
  }
  for (const device of devices) expect(await device.content()).toEqual(await fresh.content());
  return fresh;
}

describe('files that are not ours', () => {
  it('are counted and never touched', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    const foreign = [
      'deltas/desktop.ini',
      'catalogs/.part',
      '2024/chat_vault_2024_06 (conflicted copy).json.gz',
    ];
    for (const name of foreign) world.cloud.poke(`chat-vault/${name}`, new Uint8Array(3));
    await writeRounds(world, ann, 14);
    world.pass(9 * DAY);
    await ann.sync();
    const verified = await ann.engine().verify();
    expect([...verified.foreign].sort()).toEqual(
      foreign.map((name) => `chat-vault/${name}`).sort(),
    );
    for (const name of foreign) expect(world.cloud.peek(`chat-vault/${name}`)).toHaveLength(3);
    await expectConverged(world, [ann, bob]);
  });
});
