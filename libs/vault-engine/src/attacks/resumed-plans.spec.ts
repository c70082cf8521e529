import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { describe, expect, it } from 'vitest';
import { catalogs, deltas, monthVaults } from '../testing/cloud-paths.js';
import { expectConverged } from '../testing/convergence.js';
import { alterByte } from '../testing/damage.js';
import { DAY, type Device, HOUR, World } from '../testing/world.js';

const CALM = { compactionThreshold: 1_000 };

/** A device that died when it was about to commit a compaction of a month and of small changes to old ones. */
async function diedBeforeCommit(world: World): Promise<Device> {
  const ann = await world.device({ options: CALM });
  await ann.write(2, { prefix: 'old', at: Date.UTC(2020, 1, 1) });
  for (let round = 0; round < 5; round++) {
    await ann.write(2, { prefix: `r${round}` });
    await ann.sync();
    world.pass(HOUR);
  }
  const dying = faultyCloud(world.cloud);
  dying.beforeCall(({ operation, path }) => {
    if (operation === 'create' && path.includes('/catalogs/'))
      throw new Error('the page was killed');
  });
  await expect(ann.engine(dying).compact()).rejects.toThrow('killed');
  expect(catalogs(world.cloud)).toEqual([]);
  expect(monthVaults(world.cloud)).toHaveLength(1);
  return ann;
}

/** What may have happened to the cloud in the weeks between. */
const MEANWHILE: Readonly<Record<string, (world: World, bob: Device) => Promise<void>>> = {
  'nothing happened': async () => undefined,
  'others compacted and collected': async (world, bob) => {
    for (let round = 0; round < 3; round++) {
      await bob.write(1, { prefix: `bob${round}` });
      await bob.sync();
      await bob.engine().compact();
      world.pass(9 * DAY);
    }
    await bob.sync();
    expect(deltas(world.cloud).length).toBeLessThan(4);
  },
  'what it had written was removed': async (world) => {
    for (const path of monthVaults(world.cloud)) world.cloud.drop(path);
  },
  'what it had written was altered': async (world) => {
    alterByte(world.cloud, monthVaults(world.cloud)[0] ?? '', 30);
  },
  'its carried delta was removed': async (world) => {
    world.cloud.drop(deltas(world.cloud).at(-1) ?? '');
  },
};

describe('a compaction that is gone on with after weeks', () => {
  it.each(Object.entries(MEANWHILE))('loses nothing when %s', async (_name, meanwhile) => {
    const world = new World();
    const ann = await diedBeforeCommit(world);
    const bob = await world.device({ options: CALM });
    await bob.sync();
    await meanwhile(world, bob);
    world.pass(35 * DAY);
    await ann.sync();
    world.pass(9 * DAY);
    for (const device of [ann, bob, ann]) await device.sync();
    const expected = (await bob.texts()).length;
    const fresh = await world.device();
    await fresh.sync();
    await fresh.engine().restoreAll();
    expect(await fresh.texts()).toHaveLength(expected);
    expect(expected).toBeGreaterThanOrEqual(12);
    await expectConverged(world, [ann, bob]);
  });
});
