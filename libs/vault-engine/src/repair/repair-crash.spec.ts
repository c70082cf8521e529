import { describe, expect, it } from 'vitest';
import { deltas, manifests, monthVaults } from '../testing/cloud-paths.js';
import { expectConverged } from '../testing/convergence.js';
import { type CrashCase, tryCrashPoints } from '../testing/crash-points.js';
import { alterByte, tear } from '../testing/damage.js';
import { DAY, type Device, HOUR, type World } from '../testing/world.js';

const OPTIONS = { segmentBytes: 600, compactionThreshold: 3, maxDeltaRecords: 4 };

/** Two devices, of which each has messages that the other lacks, and a vault in which all of them are. */
async function sharedVault(world: World): Promise<readonly [Device, Device]> {
  const ann = await world.device({ options: OPTIONS });
  const bob = await world.device({ options: { ...OPTIONS, initialMessages: 1 } });
  for (let round = 0; round < 9; round++) {
    const [first] = await ann.write(3, { prefix: `r${round}` });
    if (first && round % 3 === 0) await ann.storage.react(first, 'bob', '👍');
    if (first && round === 4) await ann.storage.delete(first);
    if (round === 5) await ann.write(2, { prefix: 'old', at: Date.UTC(2021, 2, 3) });
    if (round === 6) await ann.storage.clearConversation('urn:chat:gone');
    await ann.sync();
    world.pass(3 * HOUR);
  }
  await ann.engine().compact();
  world.pass(9 * DAY);
  await ann.write(2, { prefix: 'last' });
  await ann.sync();
  await bob.sync();
  await bob.write(5, { prefix: 'bob', conversationUrn: 'urn:chat:b' });
  return [ann, bob];
}

type Damage = (world: World) => void;

/** What is damaged, and who repairs: ann, who has everything, or bob, who has little of it. */
const CASES: readonly (readonly [string, 'ann' | 'bob', Damage])[] = [
  ['an altered vault', 'bob', ({ cloud }) => alterByte(cloud, monthVaults(cloud).at(-1) ?? '', 30)],
  ['a torn vault', 'ann', ({ cloud }) => tear(cloud, monthVaults(cloud).at(-1) ?? '', 0.7)],
  ['a torn manifest', 'bob', ({ cloud }) => tear(cloud, manifests(cloud).at(-1) ?? '')],
  ['an altered carried delta', 'ann', ({ cloud }) => alterByte(cloud, deltas(cloud)[0] ?? '', 30)],
  ['an altered delta', 'ann', ({ cloud }) => alterByte(cloud, deltas(cloud).at(-1) ?? '', 30)],
];

function crashCase(who: 'ann' | 'bob', damage: Damage): CrashCase {
  return {
    prepare: async (world) => {
      const [ann, bob] = await sharedVault(world);
      damage(world);
      return who === 'ann' ? [ann, bob] : [bob, ann];
    },
    work: (engine) => engine.repair(),
    check: async (world, devices) => {
      const fresh = await expectConverged(world, devices, { repairs: true });
      expect(await fresh.texts()).toHaveLength(35);
      for (const device of devices) {
        expect(await device.engine().repair()).toMatchObject({ filesWritten: 0 });
        expect(await device.engine().verify()).toMatchObject({ ok: true });
      }
    },
  };
}

describe.each(CASES)('a repair of %s by %s that dies', (_what, who, damage) => {
  it('after any call of the cloud loses nothing', { timeout: 60_000 }, async () => {
    expect(await tryCrashPoints(crashCase(who, damage), 'cloud')).toBeGreaterThan(1);
  });

  it('before any write of the storage loses nothing', { timeout: 60_000 }, async () => {
    expect(await tryCrashPoints(crashCase(who, damage), 'storage')).toBeGreaterThan(1);
  });
});
