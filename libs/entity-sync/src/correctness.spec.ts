/** What the first design of entity sync lost or got wrong, each with a test. */
import { describe, expect, it } from 'vitest';
import { type EntityKeyData } from './model/entity-key-data.js';
import { type Contact, PlainPersistence, TestWorld } from './simulation/test-world.js';
import { type DataOrchestrator } from './orchestrator/data-orchestrator.js';
import { memoryStore } from './tiers/memory/memory-store.js';

const HOUR = 60 * 60 * 1000;
const contacts = (device: DataOrchestrator) => device.repo<Contact>('Contact');
const names = async (device: DataOrchestrator) =>
  (await contacts(device).getAll()).map(({ name }) => name).sort();
/** Two devices over one cloud; a person has both. */
const twoDevices = async (world: TestWorld, offsets = [0, 0]) => {
  const cloud = memoryStore();
  const [one, two] = [
    await world.device({ local: memoryStore(), cloud, offsetMs: offsets[0] ?? 0 }),
    await world.device({ local: memoryStore(), cloud, offsetMs: offsets[1] ?? 0 }),
  ];
  const calm = async () => {
    for (const device of [one, two, one, two]) await device.syncNow();
  };
  return { cloud, one, two, calm };
};

describe('two devices that save at once', () => {
  const shared = new Map<string, EntityKeyData>();
  const blob = (id: string): EntityKeyData => ({ Contact: { [id]: { id } } });

  it('lose one of the saves where whole blobs are overwritten', () => {
    const read = () => shared.get('app.Contact') ?? {};
    const [one, two] = [read(), read()];
    const add = (data: EntityKeyData, id: string) => ({
      Contact: { ...data['Contact'], ...blob(id)['Contact'] },
    });
    shared.set('app.Contact', add(one, 'a'));
    shared.set('app.Contact', add(two, 'b'));
    expect(Object.keys(read()['Contact'] ?? {})).toEqual(['b']);
  });

  it('keep both saves, whichever writes first', async () => {
    const { one, two, calm } = await twoDevices(new TestWorld());
    contacts(one).save({ name: 'a' });
    contacts(two).save({ name: 'b' });
    await Promise.all([one.syncNow(), two.syncNow()]);
    await calm();
    expect(await names(one)).toEqual(['a', 'b']);
    expect(await names(two)).toEqual(['a', 'b']);
  });

  it('keep both saves over a tier with nothing but blobs, when in one process', async () => {
    const world = new TestWorld();
    const local = new PlainPersistence();
    const [one, two] = [await world.device({ local }), await world.device({ local })];
    contacts(one).save({ name: 'a' });
    contacts(two).save({ name: 'b' });
    await Promise.all([one.flush(), two.flush()]);
    const later = await world.device({ local });
    expect(await names(later)).toEqual(['a', 'b']);
  });
});

describe('a write during a sync', () => {
  it('is on the device when flush resolves, although it came while a flush ran', async () => {
    const local = new PlainPersistence();
    const device = await new TestWorld().device({ local });
    const repo = contacts(device);
    repo.save({ id: 'a', name: 'first' });
    let writes = 0;
    local.before = ({ operation }) => {
      if (operation === 'store' && writes++ === 1) repo.save({ id: 'a', name: 'during' });
    };
    await device.flush();
    expect(device.isDirty()).toBe(false);
    expect(local.blobs.get('app.global')).toMatchObject({ Contact: { a: { name: 'during' } } });
  });

  it('is not skipped for ever when there is one in every sync', async () => {
    const world = new TestWorld();
    const { one, two } = await twoDevices(world);
    const cloud = new PlainPersistence();
    one.attachCloud('plain', cloud);
    two.attachCloud('plain', cloud);
    contacts(two).save({ id: 'theirs', name: 'theirs' });
    await two.syncNow();
    let count = 0;
    cloud.before = () => void contacts(one).save({ id: 'mine', name: `mine ${count++}` });
    for (let round = 0; round < 4; round++) await one.syncNow();
    expect(await contacts(one).get('theirs')).toMatchObject({ name: 'theirs' });
  });
});

describe('values', () => {
  const value = {
    id: 'a',
    zeta: 1,
    name: 'Ada',
    born: new Date(5),
    nothing: undefined,
    alpha: { y: new Date(7), x: [undefined, null, Number.NaN, -0, 10n], b: new Uint8Array([1]) },
  };

  it.each([
    ['a plain tier', () => new PlainPersistence()],
    ['memoryStore', () => memoryStore()],
  ])('survive %s: dates, undefined, bytes and the order of keys', async (_, create) => {
    const world = new TestWorld();
    const local = create();
    const device = await world.device({ local });
    device.repo('Any').save(value);
    await device.unload();
    const later = await world.device({ local });
    const got = await later.repo('Any').get('a');
    expect(got).toStrictEqual({
      ...value,
      createdAt: expect.any(Date) as Date,
      updatedAt: expect.any(Date) as Date,
      version: 1,
    });
    expect(Object.keys(got ?? {}).slice(0, 6)).toEqual(Object.keys(value));
  });

  it('are merged by their time also where a tier made text of all dates', async () => {
    const world = new TestWorld();
    const local = new PlainPersistence();
    const device = await world.device({ local });
    contacts(device).save({ id: 'a', name: 'Ada' });
    await device.unload();
    for (const [key, blob] of local.blobs) local.blobs.set(key, JSON.parse(JSON.stringify(blob)));
    const later = await world.device({ local });
    expect(await contacts(later).get('a')).toMatchObject({ updatedAt: expect.any(Date) as Date });
    contacts(later).save({ id: 'a', name: 'Eve' });
    await later.flush();
    expect(await names(await world.device({ local }))).toEqual(['Eve']);
  });
});

describe('an id that is deleted and made anew', () => {
  it('lives on every device, also when the clock was set back in between', async () => {
    const world = new TestWorld();
    const { one, two, calm } = await twoDevices(world);
    contacts(one).save({ id: 'a', name: 'first' });
    await calm();
    contacts(two).delete('a');
    await calm();
    expect(await names(one)).toEqual([]);
    world.now -= 24 * HOUR;
    contacts(one).save({ id: 'a', name: 'again' });
    await calm();
    expect(await names(two)).toEqual(['again']);
  });
});

describe('delete against update', () => {
  it.each([
    ['the update is later', 1, 2, ['updated']],
    ['the delete is later', 2, 1, []],
    ['both are at one time', 1, 1, []],
  ])('comes to the same on both devices when %s', async (_, deleteAt, updateAt, expected) => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const world = new TestWorld();
      const { one, two, calm } = await twoDevices(world);
      contacts(one).save({ id: 'a', name: 'made' });
      await calm();
      const start = world.now + HOUR;
      world.now = start + deleteAt;
      contacts(one).delete('a');
      world.now = start + updateAt;
      contacts(two).save({ id: 'a', name: 'updated' });
      for (const index of order) await [one, two][index]?.syncNow();
      await calm();
      expect(await names(one)).toEqual(expected);
      expect(await names(two)).toEqual(expected);
    }
  });
});

describe('identical timestamps', () => {
  it('come to one state everywhere, whichever device syncs first', async () => {
    const outcomes = new Set<string>();
    for (const isOneFirst of [true, false]) {
      const world = new TestWorld();
      const { one, two, calm } = await twoDevices(world);
      contacts(one).save({ id: 'a', name: 'from one' });
      contacts(two).save({ id: 'a', name: 'from two' });
      const [first, second] = isOneFirst ? [one, two] : [two, one];
      await first.syncNow();
      await second.syncNow();
      await calm();
      expect(await names(one)).toEqual(await names(two));
      outcomes.add((await names(one)).join());
    }
    expect(outcomes.size).toBe(1);
  });
});

describe('ids that hold the separator', () => {
  it('stay themselves on every device', async () => {
    const { one, two, calm } = await twoDevices(new TestWorld());
    const ids = [
      'a.b',
      'ada@example.com',
      '.',
      '..',
      'app.Contact',
      'metadata.abcdefghijkl',
      'x/y~z',
    ];
    for (const id of ids) contacts(one).save({ id, name: id });
    await calm();
    for (const id of ids) expect(await contacts(two).get(id)).toMatchObject({ id, name: id });
    expect(await names(two)).toEqual([...ids].sort());
  });
});

describe('clocks that differ', () => {
  it('do not hide an edit of what the device had seen', async () => {
    const world = new TestWorld();
    const { one, two, calm } = await twoDevices(world, [48 * HOUR, -48 * HOUR]);
    contacts(one).save({ id: 'a', name: 'by the fast clock' });
    await calm();
    contacts(two).save({ id: 'a', name: 'by the slow clock, later' });
    await calm();
    expect(await names(one)).toEqual(['by the slow clock, later']);
    contacts(one).delete('a');
    await calm();
    expect(await names(two)).toEqual([]);
  });

  it('make what is saved after seeing something later than it, whatever it is', async () => {
    const { one, two, calm } = await twoDevices(new TestWorld(), [48 * HOUR, 0]);
    contacts(one).save({ id: 'a', name: 'seen' });
    await calm();
    contacts(two).save({ id: 'b', name: 'answer' });
    const [seen, answer] = [await contacts(two).get('a'), await contacts(two).get('b')];
    expect(answer?.updatedAt?.getTime()).toBe((seen?.updatedAt?.getTime() ?? 0) + 1);
  });

  it('go on from what the device holds after a restart', async () => {
    const world = new TestWorld();
    const local = memoryStore();
    const before = await world.device({ local, offsetMs: 48 * HOUR });
    contacts(before).save({ id: 'a', name: 'fast' });
    await before.unload();
    const after = await world.device({ local });
    contacts(after).save({ id: 'a', name: 'right' });
    contacts(after).save({ id: 'b', name: 'other' });
    await after.unload();
    expect(await names(await world.device({ local }))).toEqual(['other', 'right']);
  });

  it('of the year 3000 are not followed, and do not hide a later edit', async () => {
    const world = new TestWorld();
    const local = new PlainPersistence();
    const year3000 = new Date(Date.UTC(3000, 0));
    const broken = { Contact: { a: { id: 'a', name: 'broken', updatedAt: year3000 } } };
    await local.storeData('app.global', broken);
    await local.storeData('app.metadata', { entityKeys: { 'app.global': {} } });
    const device = await world.device({ local });
    contacts(device).save({ id: 'a', name: 'mended' });
    contacts(device).save({ id: 'b', name: 'other' });
    await device.flush();
    expect(await names(await world.device({ local }))).toEqual(['mended', 'other']);
    const other = await contacts(device).get('b');
    expect(other?.updatedAt?.getTime()).toBeLessThan(world.now + HOUR);
  });
});

describe('a conflict resolver of an application', () => {
  it('decides the same on all devices', async () => {
    const world = new TestWorld();
    const cloud = memoryStore();
    const resolver = {
      resolve: <Version>(a: Version, b: Version): Version =>
        JSON.stringify(a) < JSON.stringify(b) ? a : b,
    };
    const open = () => world.device({ local: memoryStore(), cloud, conflictResolver: resolver });
    const [one, two] = [await open(), await open()];
    contacts(one).save({ id: 'a', name: 'aaa' });
    world.now += HOUR;
    contacts(two).save({ id: 'a', name: 'bbb' });
    for (const device of [one, two, one]) await device.syncNow();
    expect(await names(one)).toEqual(await names(two));
  });
});
