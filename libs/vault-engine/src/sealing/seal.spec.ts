import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { describe, expect, it } from 'vitest';
import { catalogs, deltas } from '../testing/cloud-paths.js';
import { expectConverged, syncUntilQuiet } from '../testing/convergence.js';
import { commitAs } from '../testing/newer-client.js';
import { sealingCodec } from '../testing/sealing-codec.js';
import { DAY, HOUR, World } from '../testing/world.js';
import { isSealedPath } from './gate.js';

async function plainVault(world: World, rounds = 14) {
  const ann = await world.device();
  for (let round = 0; round < rounds; round++) {
    const [first] = await ann.write(2, { prefix: `r${round}` });
    if (first && round === 3) await ann.storage.delete(first);
    await ann.sync();
    world.pass(HOUR);
  }
  return ann;
}

const sealedCatalogs = (world: World) => catalogs(world.cloud).filter(isSealedPath);

describe('seal', () => {
  it('commits one sealed catalog, and everybody with the key reads what there was and what comes', async () => {
    const world = new World();
    const plain = await plainVault(world);
    const codec = sealingCodec('key', world.random);
    const before = world.cloud.files().length;
    const ann = plain.with({ codec });
    await ann.engine().seal();
    expect(world.cloud.files()).toHaveLength(before + 1);
    expect(sealedCatalogs(world)).toHaveLength(1);
    await ann.write(1, { prefix: 'sealed' });
    await ann.sync();
    expect(isSealedPath(deltas(world.cloud).at(-1) ?? '')).toBe(true);
    const bob = await world.device({ codec });
    const report = await bob.sync();
    expect(report.skipped).toEqual([]);
    await bob.engine().restoreAll();
    expect(await bob.content()).toEqual(await ann.content());
    expect(await bob.engine().verify()).toMatchObject({ ok: true, unsealed: [] });
  });

  it.each([
    ['as long as listings lag', 30_000, 30_000],
    [
      'a minute at most, as nobody keeps a page open for longer and sign-ins end',
      3_600_000,
      60_000,
    ],
  ])('waits %s', async (_, listingLagMs, waits) => {
    const world = new World();
    const ann = (await plainVault(world, 3)).with({ codec: sealingCodec('key', world.random) });
    const cloud = Object.assign(faultyCloud(world.cloud), { listingLagMs });
    const before = world.now;
    await ann.engine(cloud).seal();
    expect(world.now - before).toBe(waits);
    expect(sealedCatalogs(world)).toHaveLength(1);
  });

  it('does nothing the second time', async () => {
    const world = new World();
    const ann = (await plainVault(world)).with({ codec: sealingCodec('key', world.random) });
    await ann.engine().seal();
    const files = world.cloud.files();
    await ann.engine().seal();
    expect(world.cloud.files()).toEqual(files);
    expect(await ann.sync()).toMatchObject({ filesWritten: 0 });
  });

  it('reads what others wrote before it first', async () => {
    const world = new World();
    const bob = await plainVault(world, 3);
    const codec = sealingCodec('key', world.random);
    const ann = await world.device({ codec });
    await ann.write(1, { prefix: 'ann' });
    await ann.engine().seal();
    expect(await ann.texts()).toHaveLength(7);
    await ann.sync();
    const fresh = await world.device({ codec });
    await fresh.sync();
    expect(await fresh.texts()).toHaveLength(7);
    await expect(bob.sync()).rejects.toMatchObject({ code: 'locked' });
  });

  it('seals an empty cloud from the first file', async () => {
    const world = new World();
    const codec = sealingCodec('key', world.random);
    const ann = await world.device({ codec });
    await ann.write(2);
    await ann.engine().seal();
    await ann.sync();
    expect(world.cloud.files().every(({ path }) => isSealedPath(path))).toBe(true);
    const bob = await world.device({ codec });
    await bob.sync();
    expect(await bob.texts()).toHaveLength(2);
  });

  it('on two devices at once gives two catalogs that say the same together', async () => {
    const world = new World();
    const plain = await plainVault(world);
    const codec = sealingCodec('key', world.random);
    const other = await world.device();
    await other.sync();
    await other.write(1, { prefix: 'other' });
    const [ann, bob] = [plain.with({ codec }), other.with({ codec })];
    const before = world.cloud.snapshot();
    await bob.engine().seal();
    const ofBob = sealedCatalogs(world)[0] ?? '';
    const bytes = world.cloud.peek(ofBob) ?? new Uint8Array();
    world.cloud.restore(before);
    await ann.engine().seal();
    world.cloud.poke(ofBob, bytes);
    expect(sealedCatalogs(world)).toHaveLength(2);
    await syncUntilQuiet(world, [ann, bob]);
    expect(await bob.content()).toEqual(await ann.content());
    expect(await ann.engine().verify()).toMatchObject({ ok: true });
  });

  it('refuses a vault of a newer version before anything is written', async () => {
    const world = new World();
    const plain = await plainVault(world);
    await commitAs(world.cloud, (catalog) => ({ ...catalog, minCompactor: 9 }));
    const files = world.cloud.files();
    const ann = plain.with({ codec: sealingCodec('key', world.random) });
    await expect(ann.engine().seal()).rejects.toMatchObject({ code: 'upgrade-required' });
    expect(world.cloud.files()).toEqual(files);
  });

  it('refuses the vault of another account before anything is written', async () => {
    const world = new World();
    const eve = await world.device({ accountId: 'eve' });
    await eve.write(1);
    await eve.sync();
    const files = world.cloud.files();
    const ann = await world.device({ accountId: 'ann', codec: sealingCodec('key', world.random) });
    await expect(ann.engine().seal()).rejects.toMatchObject({ code: 'foreign-vault' });
    expect(world.cloud.files()).toEqual(files);
  });

  it('leaves a vault that compacts and collects garbage as ever', async () => {
    const world = new World();
    const plain = await plainVault(world);
    const codec = sealingCodec('key', world.random);
    const ann = plain.with({ codec });
    await ann.engine().seal();
    for (let round = 0; round < 14; round++) {
      await ann.write(1, { prefix: `s${round}` });
      await ann.sync();
      world.pass(HOUR);
    }
    world.pass(9 * DAY);
    await ann.sync();
    const bob = await world.device({ codec });
    await syncUntilQuiet(world, [ann, bob]);
    await bob.engine().restoreAll();
    expect(await bob.content()).toEqual(await ann.content());
    expect(deltas(world.cloud).filter((path) => !isSealedPath(path))).toEqual([]);
    expect(await ann.engine().verify()).toMatchObject({ ok: true, unsealed: [] });
  });
});

describe('plain vaults', () => {
  it('are what they were', async () => {
    const world = new World();
    const ann = await plainVault(world);
    await expectConverged(world, [ann, await world.device()]);
    expect(world.cloud.files().some(({ path }) => isSealedPath(path))).toBe(false);
  });
});
