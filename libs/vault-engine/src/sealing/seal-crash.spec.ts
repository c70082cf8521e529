import { describe, expect, it } from 'vitest';
import { syncUntilQuiet } from '../testing/convergence.js';
import { type CrashCase, tryCrashPoints } from '../testing/crash-points.js';
import { sealingCodec } from '../testing/sealing-codec.js';
import { type Device, HOUR, World } from '../testing/world.js';
import { isSealedPath } from './gate.js';

const codec = sealingCodec('key', new World(3).random);

const rotated = sealingCodec(['new', 'key'], new World(4).random);

async function plainVault(world: World): Promise<readonly [Device, Device]> {
  const [ann, bob] = [await world.device(), await world.device()];
  for (let round = 0; round < 3; round++) {
    await ann.write(2, { prefix: `r${round}` });
    await ann.sync();
    world.pass(HOUR);
  }
  await bob.sync();
  await bob.write(2, { prefix: 'bob' });
  await bob.sync();
  await ann.write(1, { prefix: 'pending' });
  return [ann.with({ codec }), bob];
}

const CASES: Readonly<Record<string, CrashCase>> = {
  'turning encryption on': {
    prepare: plainVault,
    work: (engine) => engine.seal(),
    check: async (world, [ann, ...others]) => {
      const unlocked = others.map((device) => device.with({ codec }));
      await syncUntilQuiet(world, [ann, ...unlocked]);
      const fresh = await world.device({ codec });
      await fresh.sync();
      expect(await fresh.texts()).toHaveLength(9);
      for (const device of [ann, ...unlocked])
        expect(await device.content()).toEqual(await fresh.content());
      expect(await ann.engine().verify()).toMatchObject({ ok: true, unsealed: [] });
      expect(world.cloud.files('chat-vault/catalogs').some(({ path }) => isSealedPath(path))).toBe(
        true,
      );
    },
  },
  'a plain compaction before encryption is turned on': {
    prepare: async (world) => {
      const ann = await world.device({ options: { compactionThreshold: 99 } });
      for (let round = 0; round < 4; round++) {
        await ann.write(2, { prefix: `r${round}` });
        await ann.write(1, { prefix: `cold${round}`, at: Date.UTC(2021, round, 1) });
        await ann.storage.clearConversation(`urn:chat:${round}`);
        await ann.sync();
        world.pass(HOUR);
      }
      return [ann];
    },
    work: (engine) => engine.compact(),
    check: async (world, [plain]) => {
      const ann = plain.with({ codec });
      await ann.engine().seal();
      await ann.engine().compact();
      await syncUntilQuiet(world, [ann]);
      const fresh = await world.device({ codec });
      await fresh.sync();
      await fresh.engine().restoreAll();
      expect(await fresh.texts()).toHaveLength(12);
      expect(await fresh.content()).toEqual(await ann.content());
      expect(await ann.engine().rewrite()).toMatchObject({ filesRemaining: 0 });
      await fresh.sync();
      const { damaged, missing } = await fresh.engine().verify();
      expect({ damaged, missing }).toEqual({ damaged: [], missing: [] });
    },
  },
  'a change of the key': {
    prepare: async (world) => {
      const old = await world.device({ codec: sealingCodec('key', world.random) });
      await old.write(3);
      await old.engine().seal();
      await old.sync();
      await old.write(1, { prefix: 'pending' });
      return [old.with({ codec: rotated })];
    },
    work: (engine) => engine.seal(),
    check: async (world, [ann]) => {
      await ann.engine().seal();
      await syncUntilQuiet(world, [ann]);
      const fresh = await world.device({ codec: rotated });
      expect(await fresh.sync()).toMatchObject({ skipped: [], warnings: [] });
      expect(await fresh.content()).toEqual(await ann.content());
      expect(await fresh.texts()).toHaveLength(4);
      const lagging = await world.device({ codec });
      const { warnings } = await lagging.sync();
      expect(new Set(warnings.map(({ code }) => code))).toEqual(new Set(['unknown-key']));
      expect(warnings.some(({ subject }) => subject?.includes('/catalogs/'))).toBe(true);
    },
  },
  following: {
    prepare: async (world) => {
      const [ann, bob] = await plainVault(world);
      const before = world.cloud.snapshot();
      await ann.engine().seal();
      const sealed = world.cloud
        .files('chat-vault/catalogs')
        .filter(({ path }) => isSealedPath(path));
      const bytes = sealed.map(({ path }) => ({ path, bytes: world.cloud.peek(path) }));
      world.cloud.restore(before);
      await bob.write(2, { prefix: 'between' });
      await bob.sync();
      for (const one of bytes) world.cloud.poke(one.path, one.bytes ?? new Uint8Array());
      await bob.write(1, { prefix: 'late' });
      return [bob.with({ codec }), ann];
    },
    work: (engine) => engine.sync(),
    check: async (world, devices) => {
      await syncUntilQuiet(world, devices);
      const fresh = await world.device({ codec });
      await fresh.sync();
      expect(await fresh.texts()).toHaveLength(12);
      for (const device of devices) expect(await device.content()).toEqual(await fresh.content());
      expect(await devices[0].engine().verify()).toMatchObject({ ok: true, unsealed: [] });
    },
  },
};

describe.each(Object.entries(CASES))('%s that dies', (_name, crash) => {
  it.each(['cloud', 'storage'] as const)(
    'at any %s call loses nothing, and the next run goes on',
    { timeout: 60_000 },
    async (kind) => {
      expect(await tryCrashPoints(crash, kind)).toBeGreaterThan(2);
    },
  );
});
