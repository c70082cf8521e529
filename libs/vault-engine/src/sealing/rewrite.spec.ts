import { describe, expect, it } from 'vitest';
import { syncUntilQuiet } from '../testing/convergence.js';
import { type CrashCase, tryCrashPoints } from '../testing/crash-points.js';
import { sealingCodec } from '../testing/sealing-codec.js';
import { DAY, type Device, HOUR, World } from '../testing/world.js';
import { isSealedPath } from './gate.js';

const codec = sealingCodec('key', new World(5).random);
const MONTHS = [0, 3, 5, 8, 11];

/** A plain vault of several months, a carried delta and unfolded ones. */
async function longVault(world: World): Promise<Device> {
  const options = { bulkRecords: 20, compactionThreshold: 3, segmentBytes: 400 };
  const ann = await world.device({ options });
  for (const month of MONTHS)
    await ann.write(6, { at: Date.UTC(2023, month, 5), prefix: `m${month}` });
  await ann.sync();
  for (let round = 0; round < 9; round++) {
    const [first] = await ann.write(1, { prefix: `r${round}` });
    if (first && round === 2) await ann.storage.delete(first);
    if (round === 3) await ann.write(1, { at: Date.UTC(2022, 2, 2), prefix: 'cold' });
    if (round === 4) await ann.storage.clearConversation('urn:chat:gone');
    await ann.sync();
    world.pass(3 * HOUR);
  }
  return ann;
}

const kinds = (world: World) => {
  const paths = world.cloud.files().map(({ path }) => path);
  return { plain: paths.filter((path) => !isSealedPath(path)), sealed: paths.filter(isSealedPath) };
};

async function expectSame(world: World, devices: readonly Device[]): Promise<void> {
  for (const device of devices) await device.engine().restoreAll();
  const [first, ...others] = devices;
  for (const device of others) expect(await device.content()).toEqual(await first?.content());
  expect(await first?.engine().verify()).toMatchObject({ ok: true, unsealed: [] });
}

async function collect(world: World, device: Device): Promise<void> {
  for (let round = 0; round < 3; round++) {
    world.pass(8 * DAY);
    await device.engine().collectGarbage();
  }
}

describe('rewrite', () => {
  it('leaves no plain file once the garbage is gone, and every device reads all of it at each step', async () => {
    const world = new World();
    const plain = await longVault(world);
    const bob = await world.device();
    await bob.sync();
    const ann = plain.with({ codec });
    await ann.engine().seal();
    const before = await ann.engine().inventory();
    expect(before.plainFiles).toBeGreaterThan(10);
    expect(before.plainBytes).toBeGreaterThan(1_000);
    let remaining = Number.POSITIVE_INFINITY;
    for (let step = 0; remaining > 0; step++) {
      expect(step).toBeLessThan(10);
      const report = await ann.engine().rewrite({ maxVaults: 2 });
      expect(report.filesRemaining).toBeLessThan(remaining);
      remaining = report.filesRemaining;
      const fresh = await world.device({ codec });
      await fresh.sync();
      await bob.with({ codec }).sync();
      await expectSame(world, [ann, bob.with({ codec }), fresh]);
    }
    expect(await ann.engine().rewrite()).toMatchObject({ committed: false, filesWritten: 0 });
    expect(await ann.engine().inventory()).toMatchObject({ plainFiles: 0, plainBytes: 0 });
    await collect(world, ann);
    expect(kinds(world).plain).toEqual([]);
    const last = await world.device({ codec });
    await last.sync();
    await expectSame(world, [ann, last]);
  });

  it('does all of it in one call, tells how far it is, and can be aborted', async () => {
    const world = new World();
    const ann = (await longVault(world)).with({ codec });
    await ann.engine().seal();
    const abort = new AbortController();
    const reason = new Error('enough');
    const aborted = ann.engine().rewrite({
      signal: abort.signal,
      onProgress: ({ phase, filesDone }) => {
        if (phase === 'compacting' && filesDone > 12) abort.abort(reason);
      },
    });
    await expect(aborted).rejects.toBe(reason);
    let done = 0;
    const report = await ann.engine().rewrite({
      onProgress: ({ filesDone }) => {
        expect(filesDone).toBeGreaterThanOrEqual(done);
        done = filesDone;
      },
    });
    expect(report).toMatchObject({ filesRemaining: 0, bytesRemaining: 0, committed: true });
    await syncUntilQuiet(world, [ann]);
    await expectSame(world, [ann]);
  });
});

describe('a rewrite that dies', () => {
  const crash: CrashCase = {
    prepare: async (world) => {
      const ann = (await longVault(world)).with({ codec });
      await ann.engine().seal();
      return [ann];
    },
    work: (engine) => engine.rewrite(),
    check: async (world, [ann]) => {
      const fresh = await world.device({ codec });
      await fresh.sync();
      await fresh.engine().restoreAll();
      expect(await fresh.content()).toEqual(await ann.content());
      expect(await ann.engine().rewrite()).toMatchObject({ filesRemaining: 0 });
      await ann.engine().repair(); // unites what was uploaded and not noted
      await expectSame(world, [ann, fresh]);
    },
  };

  it.each(['cloud', 'storage'] as const)(
    'at any %s call loses nothing and is gone on with',
    { timeout: 120_000 },
    async (kind) => {
      expect(await tryCrashPoints(crash, kind)).toBeGreaterThan(5);
    },
  );
});

describe('unseal', () => {
  it('turns encryption off on this device, and a rewrite makes all of it plain again', async () => {
    const world = new World();
    const ann = (await longVault(world)).with({ codec });
    await ann.engine().seal();
    await ann.engine().rewrite();
    const off = ann.with({ opens: [codec] });
    await expect(off.sync()).rejects.toMatchObject({ code: 'locked' });
    await expect(off.with({}).engine().unseal()).rejects.toMatchObject({ code: 'locked' });
    await expect(ann.engine().unseal()).rejects.toMatchObject({ code: 'locked' });
    await off.engine().unseal();
    await off.write(1, { prefix: 'open' });
    await off.sync();
    await expectSame(world, [off]);
    expect(await off.engine().rewrite()).toMatchObject({ filesRemaining: 0, committed: true });
    await collect(world, off);
    expect(kinds(world).sealed).toEqual([]);
    const bob = await world.device();
    await bob.sync();
    await expectSame(world, [off, bob]);
    await syncUntilQuiet(world, [off.with({}), bob]);
  });

  it('is not believed by devices that were not told', async () => {
    const world = new World();
    const ann = (await longVault(world)).with({ codec });
    await ann.engine().seal();
    const bob = await world.device({ codec });
    await bob.sync();
    const off = ann.with({ opens: [codec] });
    await off.engine().unseal();
    await off.write(1, { prefix: 'open' });
    await off.sync();
    await bob.write(1, { prefix: 'sealed' });
    const report = await bob.sync();
    expect(report.warnings.map(({ code }) => code)).toContain('unsealed');
    expect(await bob.texts()).not.toContain('open 0');
    expect(kinds(world).sealed.some((path) => path.includes('/deltas/'))).toBe(true);
    await off.sync();
    expect(await off.texts()).toContain('sealed 0');
    const told = bob.with({ opens: [codec] });
    await told.engine().unseal();
    await syncUntilQuiet(world, [told, off]);
    await expectSame(world, [told, off]);
    expect(await told.texts()).toContain('open 0');
  });

  it('that died is completed by the next sync', async () => {
    const crash: CrashCase = {
      prepare: async (it) => {
        const ann = (await longVault(it)).with({ codec });
        await ann.engine().seal();
        return [ann.with({ opens: [codec] })];
      },
      work: (engine) => engine.unseal(),
      check: async (it, [off]) => {
        await off.engine().unseal();
        await syncUntilQuiet(it, [off]);
        await expectSame(it, [off]);
      },
    };
    expect(await tryCrashPoints(crash, 'storage')).toBeGreaterThan(1);
    expect(await tryCrashPoints(crash, 'cloud')).toBeGreaterThan(1);
  });
});
