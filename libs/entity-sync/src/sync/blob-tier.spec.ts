import { describe, expect, it } from 'vitest';
import { lastWriterWins } from '../merge/conflict-resolver.js';
import { type EntityKeyData } from '../model/entity-key-data.js';
import { patchingMemory } from '../simulation/patching-memory.js';
import { entities } from '../testing/conformance/tier-test.js';
import { memoryStore } from '../tiers/memory/memory-store.js';
import { type AtomicPersistence, isPatching } from '../tiers/persistence.js';
import { BlobTier } from './blob-tier.js';

const KEY = 'app.Item';
const tierOn = (disk: AtomicPersistence) =>
  new BlobTier('local', disk, { prefix: 'app', resolver: lastWriterWins });
const add = (tier: BlobTier, data: EntityKeyData) => tier.merge(new Map([[KEY, data]]));
const load = async (tier: BlobTier) => {
  await tier.loadMetadata();
  return tier.loadKey(KEY);
};

/** Counts what is loaded, and what is written as a whole and in patches. */
function counting(disk: AtomicPersistence) {
  const counts = { loads: 0, values: 0, patched: 0 };
  const counted: AtomicPersistence = {
    loadData: (key) => {
      if (key === KEY) counts.loads += 1;
      return disk.loadData(key);
    },
    storeData: (key, data) => disk.storeData(key, data),
    clearData: (key) => disk.clearData(key),
    storeAll: (entries) => disk.storeAll(entries),
    updateAll: (keys, change) => disk.updateAll(keys, change),
  };
  if (!isPatching(disk)) return { counts, disk: counted };
  const patching = {
    ...counted,
    patchAll: (...[keys, change]: Parameters<typeof disk.patchAll>) =>
      disk.patchAll(keys, (values) => {
        const changes = change(values);
        counts.values += Number(changes.values.has(KEY));
        counts.patched += Object.keys(changes.patches.get(KEY)?.['Item'] ?? {}).length;
        return changes;
      }),
  };
  return { counts, disk: patching };
}

describe.each([
  ['an atomic disk', memoryStore],
  ['a disk that patches', patchingMemory],
])('BlobTier on %s', (_title, makeDisk) => {
  it('sees what another tab wrote, and keeps it', async () => {
    const disk = makeDisk();
    const [one, other] = [tierOn(disk), tierOn(disk)];
    await add(one, entities({ a: '1' }, 1));
    expect(await load(other)).toMatchObject(entities({ a: '1' }, 1));
    await add(other, entities({ b: '1' }, 2));
    await add(one, entities({ c: '1' }, 3));
    const { data } = await add(other, entities({ a: '2' }, 4));
    const all = {
      Item: { ...entities({ b: '1' }, 2)['Item'], ...entities({ c: '1' }, 3)['Item'] },
    };
    expect(data.get(KEY)).toMatchObject(all);
    for (const tier of [one, other, tierOn(disk)]) {
      expect(await load(tier)).toMatchObject({ Item: { ...all.Item, a: { text: '2' } } });
      expect(await tier.verify()).toEqual({ checked: 1, problems: [] });
    }
  });

  it('gives what it held only as long as the disk holds it', async () => {
    const disk = makeDisk();
    const [one, other] = [tierOn(disk), tierOn(disk)];
    await add(one, entities({ a: '1' }, 1));
    await add(other, entities({ a: '2' }, 2));
    expect(await load(one)).toMatchObject(entities({ a: '2' }, 2));
  });

  it('keeps metadata that are those of the data after each change', async () => {
    const disk = makeDisk();
    const tier = tierOn(disk);
    for (let at = 1; at < 8; at++) {
      await add(tier, entities({ [`i${at % 3}`]: `${at}` }, at));
      await add(tier, { deleted: { Item: { [`i${(at + 1) % 3}`]: new Date(at).toISOString() } } });
      await add(tier, entities({ a: 'old' }, 0));
      expect(await tier.verify()).toEqual({ checked: 1, problems: [] });
    }
  });

  it('forgets what it held when a check shows that the disk does not hold it', async () => {
    const disk = makeDisk();
    const tier = tierOn(disk);
    await add(tier, entities({ a: '1', b: '1' }, 1));
    await disk.storeData(KEY, entities({ a: '1' }, 1));
    expect((await tier.verify()).problems).toMatchObject([{ kind: 'altered', path: KEY }]);
    expect(await load(tier)).toMatchObject(entities({ a: '1' }, 1));
    expect(Object.keys((await load(tier))?.['Item'] ?? {})).toEqual(['a']);
    await add(tier, entities({ a: '1', b: '1' }, 1));
    expect(await tier.verify()).toEqual({ checked: 1, problems: [] });
  });
});

describe('BlobTier on a disk that patches', () => {
  it('reads and writes only what is new of a key that it knows', async () => {
    const { disk, counts } = counting(patchingMemory());
    const tier = tierOn(disk);
    const texts = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`i${at}`, 'text']));
    await add(tier, entities(texts, 1));
    expect(counts).toEqual({ loads: 0, values: 1, patched: 0 });
    await add(tier, entities({ i5: 'new' }, 2));
    await add(tier, entities({ i5: 'new', i6: 'text' }, 1));
    await load(tier);
    expect(counts).toEqual({ loads: 0, values: 1, patched: 1 });
  });

  it('leaves a key alone that is no longer readable, and writes the others', async () => {
    const disk = patchingMemory();
    const tier = tierOn(disk);
    await add(tier, entities({ a: '1' }, 1));
    await disk.storeData(KEY, { Item: 5 });
    const changes = new Map([
      [KEY, entities({ b: '1' }, 2)],
      ['app.Other', entities({ c: '1' }, 2)],
    ]);
    await tier.merge(new Map([['app.Other', entities({ d: '1' }, 1)]]));
    const { data, problems } = await tier.merge(changes);
    expect([...problems.keys()]).toEqual([KEY]);
    expect([...data.keys()]).toEqual(['app.Other']);
    expect(await disk.loadData(KEY)).toEqual({ Item: 5 });
    expect(await disk.loadData('app.Other')).toMatchObject(entities({ c: '1' }, 2));
  });
});
