import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { describe, expect, it } from 'vitest';
import { syncUntilQuiet } from '../testing/convergence.js';
import { sealingCodec } from '../testing/sealing-codec.js';
import { DAY, HOUR, World } from '../testing/world.js';

describe('a vault whose key was changed', () => {
  it('is read with both keys, and written anew until the old one is not needed', async () => {
    const world = new World();
    const options = { bulkRecords: 20, segmentBytes: 400 };
    const old = await world.device({ codec: sealingCodec('old', world.random), options });
    for (const month of [0, 2, 4])
      await old.write(8, { at: Date.UTC(2023, month, 3), prefix: `m${month}` });
    await old.sync();
    await old.write(2, { prefix: 'delta' });
    await old.sync();
    world.pass(HOUR);
    const ann = old.with({ codec: sealingCodec(['new', 'old'], world.random) });
    await ann.write(1, { prefix: 'new' });
    await ann.sync();
    const bob = await world.device({ codec: sealingCodec(['new', 'old'], world.random) });
    await syncUntilQuiet(world, [ann, bob]);
    await bob.engine().restoreAll();
    expect(await bob.content()).toEqual(await ann.content());
    const first = await ann.engine().rewrite({ maxVaults: 1 });
    expect(first).toMatchObject({ committed: true });
    expect(first.filesRemaining).toBeGreaterThan(0);
    expect(await ann.engine().rewrite()).toMatchObject({ filesRemaining: 0 });
    expect(await ann.engine().rewrite()).toMatchObject({ committed: false, filesWritten: 0 });
    for (let round = 0; round < 3; round++) {
      world.pass(8 * DAY);
      await ann.engine().collectGarbage();
    }
    const fresh = await world.device({ codec: sealingCodec('new', world.random) });
    const report = await fresh.sync();
    expect(report.skipped).toEqual([]);
    await fresh.engine().restoreAll();
    expect(await fresh.content()).toEqual(await ann.content());
    expect(await fresh.engine().verify()).toMatchObject({ ok: true });
  });

  it('is read as far as a device has keys, and at once when the key comes', async () => {
    const world = new World();
    const old = await world.device({ codec: sealingCodec('old', world.random) });
    await old.write(1, { prefix: 'old' });
    await old.engine().seal();
    await old.sync();
    const bob = await world.device({ codec: sealingCodec('old', world.random) });
    await bob.sync();
    const ann = old.with({ codec: sealingCodec(['new', 'old'], world.random) });
    await ann.write(1, { prefix: 'new' });
    await ann.sync();
    const report = await bob.sync();
    expect(report.skipped).toMatchObject([{ reason: 'unknown-key' }]);
    expect(report.warnings.map(({ code }) => code)).toEqual(['unknown-key']);
    expect(await bob.texts()).toEqual(['old 0']);
    const later = bob.with({ codec: sealingCodec(['new', 'old'], world.random) });
    expect(await later.sync()).toMatchObject({ skipped: [], warnings: [] });
    expect(await later.texts()).toHaveLength(2);
  });

  it('shows other devices the new key at once, though nothing was written', async () => {
    const world = new World();
    const old = await world.device({ codec: sealingCodec('old', world.random) });
    await old.write(1);
    await old.engine().seal();
    await old.sync();
    const bob = await world.device({ codec: sealingCodec('old', world.random) });
    await bob.sync();
    const ann = old.with({ codec: sealingCodec(['new', 'old'], world.random) });
    await ann.engine().seal();
    expect(await bob.sync()).toMatchObject({ warnings: [{ code: 'unknown-key' }] });
    const files = world.cloud.files();
    await ann.engine().seal();
    expect(world.cloud.files()).toEqual(files);
    await syncUntilQuiet(world, [ann]);
    expect((await ann.engine().verify()).ok).toBe(true);
    const fresh = await world.device({ codec: sealingCodec(['new', 'old'], world.random) });
    expect(await fresh.sync()).toMatchObject({ skipped: [], warnings: [] });
    expect(await fresh.content()).toEqual(await ann.content());
  });

  it('waits for no listing, as nothing plain is taken at its word', async () => {
    const world = new World();
    const old = await world.device({ codec: sealingCodec('old', world.random) });
    await old.engine().seal();
    const ann = old.with({ codec: sealingCodec(['new', 'old'], world.random) });
    const before = world.now;
    const cloud = Object.assign(faultyCloud(world.cloud), { listingLagMs: 30_000 });
    await ann.engine(cloud).seal();
    expect(world.now).toBe(before);
  });
});
