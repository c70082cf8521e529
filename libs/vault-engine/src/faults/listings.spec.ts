import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { describe, expect, it } from 'vitest';
import { deltas, monthVaults } from '../testing/cloud-paths.js';
import { expectConverged } from '../testing/convergence.js';
import { DAY, type Device, HOUR, MINUTE, World } from '../testing/world.js';

async function writeRounds(world: World, device: Device, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await device.write(2, { prefix: `r${round}` });
    await device.sync();
    world.pass(HOUR);
  }
}

describe('a listing that lags or is short', () => {
  it('lacks a new delta, which a later sync picks up', async () => {
    const world = new World();
    const lag = faultyCloud(world.cloud, {
      now: () => world.now,
      faults: { lag: { ms: 5 * MINUTE } },
    });
    const [ann, bob] = [await world.device({ cloud: lag }), await world.device({ cloud: lag })];
    await ann.write(3);
    await ann.sync();
    expect(await bob.sync()).toMatchObject({ messagesNew: 0, warnings: [] });
    world.pass(6 * MINUTE);
    expect(await bob.sync()).toMatchObject({ messagesNew: 3 });
    await expectConverged(world, [ann, bob]);
  });

  it('does not make its own writer upload again while it may still lag, and asks by name when it is overdue', async () => {
    const world = new World();
    const lag = faultyCloud(world.cloud, {
      now: () => world.now,
      faults: { lag: { ms: 3 * HOUR } },
    });
    const ann = await world.device({ cloud: lag });
    await ann.write(3);
    await ann.sync();
    world.pass(10 * MINUTE);
    expect(await ann.sync()).toMatchObject({ filesWritten: 0 });
    world.pass(5 * HOUR);
    await ann.sync();
    expect(deltas(world.cloud)).toHaveLength(1);
  });

  it('that is short warns, deletes nothing and forgets nothing', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await writeRounds(world, ann, 6);
    await bob.sync();
    const before = await bob.content();
    const short = faultyCloud(world.cloud, {
      seed: 4,
      faults: { shortListing: { chance: 1, share: 0.6 } },
    });
    const report = await bob.engine(short).sync();
    expect(report.warnings.map(({ code }) => code)).toEqual(['listing-shrunk']);
    expect(report).toMatchObject({ messagesDeleted: 0, filesRemoved: 0, filesWritten: 0 });
    expect(await bob.content()).toEqual(before);
    expect(await bob.sync()).toMatchObject({ warnings: [], filesRead: 0 });
    await expectConverged(world, [ann, bob]);
  });

  it('that lacks month vaults drops none of them in a repair', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await writeRounds(world, ann, 12);
    await bob.sync();
    const short = faultyCloud(world.cloud, {
      seed: 2,
      faults: { shortListing: { chance: 1, share: 0.9 } },
    });
    await bob.engine(short).repair();
    const { months } = await bob.engine().inventory();
    expect(months.map(({ vaults }) => vaults)).toEqual([monthVaults(world.cloud).length]);
    await expectConverged(world, [ann, bob]);
  });

  it('that lacks everything but the newest files collects nothing it should not', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await writeRounds(world, ann, 30);
    world.pass(20 * DAY);
    for (let seed = 1; seed < 12; seed++) {
      const faults = { shortListing: { chance: 0.7, share: 0.7 } };
      await ann.engine(faultyCloud(world.cloud, { seed, faults })).sync();
      world.pass(DAY);
    }
    await expectConverged(world, [ann, bob], { repairs: true });
    expect(await bob.texts()).toHaveLength(60);
  });
});
