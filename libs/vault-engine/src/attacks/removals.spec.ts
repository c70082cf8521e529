import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { describe, expect, it } from 'vitest';
import { catalogs, deltas, monthVaults } from '../testing/cloud-paths.js';
import { expectConverged } from '../testing/convergence.js';
import { alterByte } from '../testing/damage.js';
import { readCatalogJson } from '../testing/newer-client.js';
import { DAY, type Device, HOUR, World } from '../testing/world.js';

const CALM = { compactionThreshold: 1_000 };

/** Writes, syncs and compacts so many times. */
async function compactRounds(world: World, device: Device, rounds: number, prefix: string) {
  for (let round = 0; round < rounds; round++) {
    await device.write(1, { prefix: `${prefix}${round}` });
    await device.sync();
    await device.engine().compact();
    world.pass(HOUR);
  }
}

describe('a delta whose upload is repeated when it was folded and removed long ago', () => {
  it.each([
    { when: 'while its fold is named', days: 3, isNamed: true },
    { when: 'when its fold is forgotten', days: 60, isNamed: false },
  ])('is harmless $when', async ({ days, isNamed }) => {
    const world = new World();
    const [ann, bob] = [
      await world.device({ options: CALM }),
      await world.device({ options: CALM }),
    ];
    const [kept, deleted] = await ann.write(2, { prefix: 'late' });
    const cloud = faultyCloud(world.cloud);
    cloud.stopAfter(5, { isLastReplyLost: true });
    await expect(ann.engine(cloud).sync()).rejects.toThrow();
    const [path = ''] = deltas(world.cloud);
    const [, id = ''] = /_([0-9a-f-]{36})_/.exec(path) ?? [];
    await bob.sync();
    if (!kept || !deleted) throw new Error('two messages were made');
    await bob.storage.delete(deleted);
    await compactRounds(world, bob, 2, 'first');
    world.pass(2 * DAY);
    await bob.engine().collectGarbage();
    expect(deltas(world.cloud)).not.toContain(path);
    for (let day = 0; day < days; day += 3) {
      world.pass(3 * DAY);
      await compactRounds(world, bob, 1, `day${day}`);
      await bob.engine().collectGarbage();
    }
    expect(Object.hasOwn((await readCatalogJson(world.cloud))['folded'] as object, id)).toBe(
      isNamed,
    );
    await ann.sync();
    expect(deltas(world.cloud)).toContain(path);
    for (let round = 0; round < 5; round++) {
      await compactRounds(world, bob, 1, `last${round}`);
      world.pass(3 * DAY);
      for (const device of [ann, bob]) await device.sync();
    }
    expect(deltas(world.cloud)).not.toContain(path);
    const fresh = await expectConverged(world, [ann, bob]);
    expect((await fresh.texts()).filter((text) => text.startsWith('late'))).toEqual(['late 0']);
  });
});

describe('two collectors at once', () => {
  it(
    'leave all that is needed, wherever the one overtakes the other',
    { timeout: 60_000 },
    async () => {
      const original = new World();
      const ann = await original.device({ options: CALM });
      const bob = await original.device({ options: CALM });
      await compactRounds(original, ann, 3, 'ann');
      await bob.sync();
      // Two catalogs of one generation, each of which says what the other does not.
      await bob.write(1, { prefix: 'bob' });
      await bob.sync();
      const slow = faultyCloud(original.cloud);
      let isOvertaken = false;
      slow.beforeCall(async ({ operation, path }) => {
        if (isOvertaken || operation !== 'create' || !path.includes('/catalogs/')) return;
        isOvertaken = true;
        await compactRounds(original, bob, 1, 'meanwhile');
      });
      await ann.write(1, { prefix: 'slow' });
      await ann.sync();
      await ann.engine(slow).compact();
      await bob.sync();
      original.pass(9 * DAY);
      for (let at = 1; ; at++) {
        const { world, devices } = await original.fork([ann, bob] as const);
        const cloud = faultyCloud(world.cloud);
        let calls = 0;
        cloud.beforeCall(async () => {
          calls += 1;
          if (calls === at) await devices[1].engine().collectGarbage();
        });
        await devices[0].engine(cloud).collectGarbage();
        if (at > calls) break;
        expect(catalogs(world.cloud).length).toBeGreaterThan(0);
        const fresh = await expectConverged(world, devices, { repairs: true });
        expect(await fresh.texts()).toHaveLength(6);
      }
      expect(catalogs(original.cloud).length).toBeGreaterThan(2);
    },
  );
});

describe('a folded delta', () => {
  it.each([
    { what: 'destroyed', destroy: (world: World, path: string) => world.cloud.drop(path) },
    {
      what: 'cut',
      destroy: (world: World, path: string) =>
        world.cloud.poke(path, (world.cloud.peek(path) ?? new Uint8Array()).slice(0, 99)),
    },
  ])('is not collected after the run that holds it was $what', async ({ destroy }) => {
    const world = new World();
    const ann = await world.device({ options: CALM });
    for (let round = 0; round < 4; round++) {
      await ann.write(2, { prefix: `r${round}` });
      await ann.sync();
    }
    await ann.engine().compact();
    const before = deltas(world.cloud);
    expect(before).toHaveLength(4);
    destroy(world, monthVaults(world.cloud)[0] ?? '');
    world.pass(9 * DAY);
    const other = await world.device({ options: CALM });
    await other.engine().collectGarbage();
    expect(await ann.engine().collectGarbage()).toMatchObject({ deltasRemoved: 0 });
    expect(deltas(world.cloud)).toEqual(before);
    await ann.storage.destroy();
    await other.engine().repair();
    const fresh = await expectConverged(world, [other]);
    expect(await fresh.texts()).toHaveLength(8);
  });

  it.each([
    { what: 'destroyed', destroy: (world: World, path: string) => world.cloud.drop(path) },
    { what: 'altered', destroy: (world: World, path: string) => alterByte(world.cloud, path, 40) },
  ])('is not collected after the carried delta that holds it was $what', async ({ destroy }) => {
    const world = new World();
    const ann = await world.device({ options: CALM });
    for (let round = 0; round < 4; round++) {
      await ann.write(2, { prefix: `old${round}`, at: Date.UTC(2020, round, 1) });
      await ann.sync();
    }
    const before = deltas(world.cloud);
    await ann.engine().compact();
    expect(monthVaults(world.cloud)).toEqual([]);
    const [carried = ''] = deltas(world.cloud).filter((path) => !before.includes(path));
    destroy(world, carried);
    const other = await world.device({ options: CALM });
    await other.sync();
    world.pass(9 * DAY);
    for (const device of [other, ann]) await device.engine().collectGarbage();
    expect(deltas(world.cloud)).toEqual(expect.arrayContaining([...before]));
    await ann.storage.destroy();
    await other.engine().repair();
    const fresh = await expectConverged(world, [other]);
    expect(await fresh.texts()).toHaveLength(8);
  });
});
