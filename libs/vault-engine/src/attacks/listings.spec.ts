import { faultyCloud, seededRandom } from '@chat-vault/cloud-storage/testing';
import { describe, expect, it } from 'vitest';
import { catalogs, deltas, monthVaults } from '../testing/cloud-paths.js';
import { expectConverged } from '../testing/convergence.js';
import { hiding, seenThrough } from '../testing/seen-listings.js';
import { DAY, type Device, HOUR, World } from '../testing/world.js';

const CALM = { compactionThreshold: 1_000 };

async function writeRounds(world: World, device: Device, rounds: number, prefix = 'r') {
  for (let round = 0; round < rounds; round++) {
    await device.write(1, { prefix: `${prefix}${round}` });
    await device.sync();
    world.pass(HOUR);
  }
}

describe('a delta that the listing of a compactor lacks', () => {
  it('while newer ones of its device are there is neither folded nor removed', async () => {
    const world = new World();
    const ann = await world.device({ options: CALM });
    await writeRounds(world, ann, 4);
    const [oldest = ''] = deltas(world.cloud);
    const carl = await world.device({ cloud: hiding(world.cloud, [oldest]), options: CALM });
    await carl.sync();
    expect(await carl.engine().compact()).toMatchObject({ committed: true, deltasFolded: 3 });
    world.pass(9 * DAY);
    expect(await carl.engine().collectGarbage()).toMatchObject({ deltasRemoved: 3 });
    expect(deltas(world.cloud)).toEqual([oldest]);
    const bob = await expectConverged(world, [ann]);
    expect(await bob.texts()).toHaveLength(4);
  });
});

describe('a catalog that the listing of a collector lacks', () => {
  it('keeps its vaults, which look like nobody’s', async () => {
    const world = new World();
    const ann = await world.device({ options: CALM });
    await writeRounds(world, ann, 4);
    await ann.engine().compact();
    const carl = await world.device({ options: CALM });
    await carl.sync();
    await writeRounds(world, ann, 4, 'later');
    await ann.engine().compact();
    const [newest = ''] = catalogs(world.cloud).slice(-1);
    const vaults = monthVaults(world.cloud);
    world.pass(40 * DAY);
    const blind = carl.engine(hiding(world.cloud, [newest]));
    await blind.sync();
    expect(await blind.collectGarbage()).toMatchObject({ vaultsRemoved: 0, catalogsRemoved: 0 });
    expect(monthVaults(world.cloud)).toEqual(vaults);
    expect(catalogs(world.cloud)).toContain(newest);
    const bob = await expectConverged(world, [ann, carl]);
    expect(await bob.texts()).toHaveLength(8);
  });
});

describe('times that a service tells wrongly', () => {
  it.each([1, 2, 3])(
    'of any year and other ones each time, lose nothing: seed %i',
    async (seed) => {
      const world = new World(seed);
      const random = seededRandom(seed);
      const from = Date.UTC(1970, 0);
      const years = Date.UTC(2099, 0) - from;
      const cloud = seenThrough(world.cloud, (files) =>
        files.map((file) => ({
          ...file,
          modifiedAt: new Date(from + Math.floor(random() * years)).toISOString(),
        })),
      );
      const parts = { cloud, options: { compactionThreshold: 3 } };
      const [ann, bob] = [await world.device(parts), await world.device(parts)];
      for (let round = 0; round < 16; round++)
        for (const device of [ann, bob]) {
          await writeRounds(world, device, 1, `${device.storage.deviceId} ${round}`);
          if (round % 5 === 4) await device.engine().collectGarbage();
        }
      expect(world.cloud.requests.some(({ kind }) => kind === 'remove')).toBe(true);
      const fresh = await expectConverged(world, [ann, bob]);
      expect(await fresh.texts()).toHaveLength(32);
    },
  );
});

describe('a reader that finds each catalog gone that it has just listed', () => {
  it('ends its sync with what it can read, and has the rest by the next one', async () => {
    const world = new World();
    const ann = await world.device({ options: CALM });
    await writeRounds(world, ann, 3);
    await ann.engine().compact();
    const cloud = faultyCloud(world.cloud);
    let commits = 0;
    cloud.beforeCall(async ({ operation, path }) => {
      if (operation !== 'read' || !path.includes('/catalogs/')) return;
      commits += 1;
      await writeRounds(world, ann, 1, `meanwhile${commits}`);
      await ann.engine().compact();
      for (const old of catalogs(world.cloud).slice(0, -1)) world.cloud.drop(old);
    });
    const bob = await world.device({ options: CALM });
    const report = await bob.engine(cloud).sync();
    expect(commits).toBe(3);
    expect(report.skipped.map(({ reason }) => reason)).toContain('missing');
    await expectConverged(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(6);
  });
});
