import { describe, expect, it } from 'vitest';
import { expectConverged } from '../testing/convergence.js';
import { type CrashCase, tryCrashPoints } from '../testing/crash-points.js';
import { type Device, DAY, type DeviceParts, HOUR, type World } from '../testing/world.js';

const MAY = Date.UTC(2024, 4, 3);
const LONG_AGO = Date.UTC(2021, 2, 3);

/** A vault in which a compaction has a carried delta, a tier merge, tombstones, clearings and reactions to deal with. */
async function busyVault(
  world: World,
  parts: DeviceParts = {},
): Promise<readonly [Device, Device]> {
  const options = { compactionThreshold: 3, ...parts.options };
  const ann = await world.device({ ...parts, options });
  const bob = await world.device({ ...parts, options });
  for (let round = 0; round < 13; round++) {
    const [first] = await ann.write(2, { prefix: `r${round}` });
    if (first && round % 3 === 0) await ann.storage.react(first, 'bob', '👍');
    if (first && round === 4) await ann.storage.delete(first);
    if (round === 5) await ann.write(2, { prefix: 'old', at: LONG_AGO });
    if (round === 8) await ann.write(1, { prefix: 'older', at: LONG_AGO - 40 * DAY });
    if (round === 9) await ann.write(2, { conversationUrn: 'urn:chat:gone', at: MAY });
    if (round === 10) await ann.storage.clearConversation('urn:chat:gone');
    await ann.sync();
    world.pass(3 * HOUR);
  }
  await bob.sync();
  return [ann, bob];
}

async function onlyPending(world: World): Promise<readonly [Device, Device]> {
  const [ann, bob] = [await world.device(), await world.device()];
  await ann.write(3);
  await ann.sync();
  await bob.sync();
  const [first, second] = await ann.write(4, { prefix: 'more' });
  if (!first || !second) throw new Error('four messages were made');
  await ann.storage.delete(first);
  await ann.storage.react(second, 'ann', '👍');
  await ann.storage.clearConversation('urn:chat:other');
  return [ann, bob];
}

const CASES: Readonly<Record<string, CrashCase>> = {
  'a backup': {
    prepare: onlyPending,
    work: (engine) => engine.sync(),
    check: async (world, devices) => {
      const fresh = await expectConverged(world, devices);
      expect([...(await fresh.texts())].sort()).toEqual([
        'm 0',
        'm 1',
        'm 2',
        'more 1',
        'more 2',
        'more 3',
      ]);
    },
  },
  'a bulk backup': {
    prepare: async (world) => {
      const ann = await world.device({ options: { bulkRecords: 10 } });
      for (const at of [LONG_AGO, MAY, world.now]) await ann.write(5, { at, prefix: `b${at}` });
      const [first] = await ann.write(1, { prefix: 'deleted' });
      if (first) await ann.storage.delete(first);
      await ann.storage.clearConversation('urn:chat:other');
      return [ann, await world.device()];
    },
    work: (engine) => engine.sync(),
    check: async (world, devices) => {
      const fresh = await expectConverged(world, devices, { repairs: true });
      expect(await fresh.texts()).toHaveLength(15);
    },
  },
  'a compaction': {
    prepare: async (world) => {
      const [ann, bob] = await busyVault(world);
      const [first] = await ann.write(3, { prefix: 'last' });
      if (first) await ann.storage.delete(first);
      await ann.storage.clearConversation('urn:chat:gone');
      await ann.sync();
      return [ann, bob];
    },
    work: (engine) => engine.compact(),
    check: async (world, devices) => {
      const fresh = await expectConverged(world, devices, { repairs: true });
      expect(await fresh.texts()).toHaveLength(30);
      expect((await fresh.content()).tombstones.length).toBeGreaterThanOrEqual(2);
    },
  },
  'a collection of garbage': {
    prepare: async (world) => {
      const [ann, bob] = await busyVault(world);
      world.pass(8 * DAY);
      return [bob, ann];
    },
    work: (engine) => engine.collectGarbage(),
    check: async (world, devices) => {
      const fresh = await expectConverged(world, devices);
      expect(await fresh.texts()).toHaveLength(28);
    },
  },
  'a repair': {
    prepare: async (world) => {
      const [ann, bob] = await busyVault(world);
      const lost = world.cloud
        .files('chat-vault/2024')
        .filter(({ path }) => path.includes('vault_2024'));
      const last = lost.at(-1);
      if (last) world.cloud.drop(last.path);
      await ann.write(1, { prefix: 'late' });
      return [ann, bob];
    },
    work: (engine) => engine.repair(),
    check: async (world, devices) => {
      const fresh = await expectConverged(world, devices, { repairs: true });
      expect(await fresh.texts()).toHaveLength(29);
    },
  },
  'a reseed': {
    prepare: async (world) => {
      const [ann] = await busyVault(world);
      await ann.storage.updateSyncState('memory', { documents: { settings: 'kept' } });
      for (const { path } of world.cloud.files()) world.cloud.drop(path);
      await ann.sync();
      return [ann];
    },
    work: (engine) => engine.reseed({ keep: ['settings'] }),
    check: async (world, [ann]) => {
      expect(await ann.storage.document('memory', 'settings')).toBe('kept');
      // Before anything was forgotten it is as if nobody had asked.
      const { warnings } = await ann.sync();
      if (warnings.some(({ code }) => code === 'vault-emptied')) await ann.engine().reseed();
      const fresh = await expectConverged(world, [ann]);
      expect(await fresh.texts()).toHaveLength(28);
    },
  },
};

describe.each(Object.entries(CASES))('%s that dies', (_name, crash) => {
  it('after any call of the cloud loses nothing', { timeout: 60_000 }, async () => {
    expect(await tryCrashPoints(crash, 'cloud')).toBeGreaterThan(1);
  });

  it('before any write of the storage loses nothing', { timeout: 60_000 }, async () => {
    expect(await tryCrashPoints(crash, 'storage')).toBeGreaterThan(1);
  });
});
