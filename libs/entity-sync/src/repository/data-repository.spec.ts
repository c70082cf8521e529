import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type Contact, PlainPersistence, TestWorld } from '../simulation/test-world.js';
import { memoryStore } from '../tiers/memory/memory-store.js';
import { type QueryOptions } from './query-options.js';
import { EntityKeyMonthStrategy } from '../strategy/date-strategies.js';

const open = async (options: Parameters<TestWorld['device']>[0] = {}) => {
  const world = new TestWorld();
  const device = await world.device(options);
  return { world, device, repo: device.repo<Contact>('Contact') };
};
const names = (contacts: readonly Contact[]) => contacts.map(({ name }) => name);

describe('DataRepository', () => {
  it('saves a copy with an id, times and a version, and leaves the argument alone', async () => {
    const { world, repo } = await open();
    const given: Contact = { name: 'Ada', tags: ['a'] };
    const id = repo.save(given);
    given.tags?.push('b');
    expect(given).toEqual({ name: 'Ada', tags: ['a', 'b'] });
    expect(id).toMatch(/^Contact\.[\w-]{12}$/);
    const at = new Date(world.now);
    expect(await repo.get(id)).toEqual({
      id,
      name: 'Ada',
      tags: ['a'],
      createdAt: at,
      updatedAt: at,
      version: 1,
    });
  });

  it('keeps createdAt and raises updatedAt and version with each save', async () => {
    const { world, repo } = await open();
    const id = repo.save({ name: 'Ada' });
    const first = await repo.get(id);
    repo.save({ id, name: 'Ada L.' });
    const second = await repo.get(id);
    expect(second).toMatchObject({ name: 'Ada L.', createdAt: first?.createdAt, version: 2 });
    expect(second?.updatedAt?.getTime()).toBeGreaterThan(first?.updatedAt?.getTime() ?? Infinity);
    world.now -= 1_000_000;
    repo.save({ id, name: 'Ada M.' });
    const third = await repo.get(id);
    expect(third?.updatedAt?.getTime()).toBeGreaterThan(second?.updatedAt?.getTime() ?? Infinity);
  });

  it('gives copies that nobody can harm the kept entity with', async () => {
    const { repo } = await open();
    const id = repo.save({ name: 'Ada', born: new Date(5), tags: ['a'] });
    const [got] = await repo.getAll();
    got?.tags?.push('b');
    got?.born?.setTime(9);
    expect(await repo.get(id)).toMatchObject({ tags: ['a'], born: new Date(5) });
  });

  it('deletes, says whether there was one, and makes a deleted id anew', async () => {
    const { repo } = await open();
    const id = repo.save({ name: 'Ada' });
    expect(repo.delete(id)).toBe(true);
    expect(repo.delete(id)).toBe(false);
    expect(await repo.get(id)).toBeNull();
    expect(await repo.getAll()).toEqual([]);
    expect(repo.save({ id, name: 'Eve' })).toBe(id);
    expect(await repo.get(id)).toMatchObject({ name: 'Eve', version: 1 });
  });

  it('finds by ids, conditions, order and limit', async () => {
    const { repo } = await open();
    const ids = [
      repo.save({ name: 'Eve', city: 'Bonn', born: new Date(3) }),
      repo.save({ name: 'Ada', city: 'Bonn' }),
      repo.save({ name: 'Bob', city: 'Ulm', born: new Date(3) }),
      repo.save({ name: 'Ada', born: new Date(1) }),
    ];
    const get = async (options: QueryOptions<Contact>) => names(await repo.getAll(options));
    expect(await get({ ids: [ids[2] ?? '', ids[0] ?? '', 'nobody'] })).toEqual(['Bob', 'Eve']);
    expect(await get({ where: { city: 'Bonn' }, sort: [{ field: 'name' }] })).toEqual([
      'Ada',
      'Eve',
    ]);
    expect(await get({ where: { born: new Date(3), city: 'Ulm' } })).toEqual(['Bob']);
    expect(await get({ where: { city: undefined } })).toEqual(['Ada']);
    const byBirth: QueryOptions<Contact> = {
      sort: [{ field: 'born', direction: 'desc' }, { field: 'name' }],
    };
    expect(await get(byBirth)).toEqual(['Bob', 'Eve', 'Ada', 'Ada']);
    expect(await get({ ...byBirth, limit: 2 })).toEqual(['Bob', 'Eve']);
    expect(await get({ limit: 0 })).toEqual([]);
  });

  it('finds the same with and without indexes, after any saves and deletions', async () => {
    const field = fc.constantFrom('a', 'b', undefined, null, 1, '1', new Date(1));
    const step = fc.record({
      id: fc.constantFrom('x', 'y', 'z'),
      what: fc.constantFrom('save', 'save', 'delete'),
      city: field,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), field, async (steps, city) => {
        const plain = (await open()).repo;
        const indexed = (await open({ indexes: { Contact: ['city'] } })).repo;
        for (const { id, what, city: value } of steps)
          for (const repo of [plain, indexed])
            if (what === 'delete') repo.delete(id);
            else repo.save({ id, name: id, city: value as string });
        const query = { where: { city: city as string }, sort: [{ field: 'name' as const }] };
        expect(names(await indexed.getAll(query))).toEqual(names(await plain.getAll(query)));
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it('looks only at what an index names', async () => {
    const strategy = new EntityKeyMonthStrategy();
    const looks = vi.spyOn(strategy, 'isWanted');
    const { repo } = await open({ strategy, indexes: { Contact: ['city'] } });
    for (let index = 0; index < 50; index++)
      repo.save({ id: `${index}`, name: `${index}`, city: index === 7 ? 'Rome' : 'Bern' });
    looks.mockClear();
    expect(names(await repo.getAll({ where: { city: 'Rome' } }))).toEqual(['7']);
    expect(looks).toHaveBeenCalledTimes(1);
  });

  it('narrows a query by the filter of the strategy, ids of an application included', async () => {
    const { repo } = await open({ strategy: new EntityKeyMonthStrategy() });
    const at = (text: string) => new Date(text);
    repo.save({ name: 'May', createdAt: at('2024-05-17T00:00:00Z') });
    repo.save({ name: 'June', createdAt: at('2024-06-01T00:00:00Z') });
    repo.save({ id: 'own', name: 'own', createdAt: at('2024-05-02T00:00:00Z') });
    repo.save({ name: 'older', createdAt: at('2023-05-02T00:00:00Z') });
    const get = async (options: QueryOptions<Contact>) => names(await repo.getAll(options)).sort();
    expect(await get({ months: ['2024-05'] })).toEqual(['May', 'own']);
    expect(await get({ years: [2024] })).toEqual(['June', 'May', 'own']);
    expect(await get({ years: [2023], months: ['2024-06'] })).toEqual(['June', 'older']);
    expect(await get({})).toEqual(['June', 'May', 'older', 'own']);
  });

  it.each([
    ['an empty id', { id: '', name: 'x' }],
    ['an id that is no text', { id: 5 as unknown as string, name: 'x' }],
    ['a function', { name: (() => 'x') as unknown as string }],
    ['a map', { name: new Map() as unknown as string }],
  ])('refuses %s and keeps what was there', async (_, entity) => {
    const { repo } = await open();
    repo.save({ name: 'Ada' });
    expect(() => repo.save(entity)).toThrow(expect.objectContaining({ code: 'invalid-entity' }));
    expect(names(await repo.getAll())).toEqual(['Ada']);
  });

  it('refuses a value that holds itself', async () => {
    const { repo } = await open();
    const loop: Record<string, unknown> = { name: 'x' };
    loop['me'] = loop;
    expect(() => repo.save(loop as unknown as Contact)).toThrow(/nesting/);
  });

  it('refuses the reserved name, and takes names and ids that objects have anyway', async () => {
    const { device } = await open();
    expect(() => device.repo('deleted')).toThrow(
      expect.objectContaining({ code: 'invalid-entity' }),
    );
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const repo = device.repo<Contact>(name);
      expect(await repo.getAll()).toEqual([]);
      expect(await repo.get(name)).toBeNull();
      repo.save({ id: name, name });
      expect(await repo.get(name)).toMatchObject({ name });
      expect(repo.delete(name)).toBe(true);
      expect(await repo.get(name)).toBeNull();
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('shows each entity in the store at once, and its deletion after a flush', async () => {
    const store = memoryStore();
    const { device, repo } = await open({ store, local: new PlainPersistence() });
    const id = repo.save({ name: 'Ada' });
    expect(store.get('app.Contact', 'Contact', id)).toMatchObject({ name: 'Ada' });
    expect(store.getAll('app.Contact', 'Contact')).toHaveLength(1);
    repo.delete(id);
    expect(store.get('app.Contact', 'Contact', id)).toBeNull();
    await device.flush();
    expect(await store.loadData('app.Contact')).toMatchObject({
      deleted: { Contact: { [id]: expect.any(String) as string } },
    });
  });

  it('reads a store that outlives the page', async () => {
    const store = memoryStore();
    const first = await open({ store, local: new PlainPersistence() });
    const [gone, kept] = [first.repo.save({ name: 'gone' }), first.repo.save({ name: 'kept' })];
    first.repo.delete(gone);
    await first.device.flush();
    const second = await open({ store });
    expect(names(await second.repo.getAll())).toEqual(['kept']);
    expect(await second.repo.get(kept)).toMatchObject({ version: 1 });
    expect(second.repo.delete(gone)).toBe(false);
  });

  it('goes on when the store fails to show a change', async () => {
    const store = memoryStore();
    store.save = () => {
      throw new Error('full');
    };
    const local = new PlainPersistence();
    const { device, repo } = await open({ store, local });
    const id = repo.save({ name: 'Ada' });
    expect(await repo.get(id)).toMatchObject({ name: 'Ada' });
    await device.flush();
    expect(local.blobs.get('app.Contact')).toMatchObject({ Contact: { [id]: { name: 'Ada' } } });
  });

  it('flushes although the store refuses its blobs', async () => {
    const store = memoryStore();
    store.storeData = async () => {
      throw new Error('full');
    };
    const local = new PlainPersistence();
    const { device, repo } = await open({ store, local });
    repo.delete(repo.save({ name: 'Ada' }));
    await device.flush();
    expect(device.isDirty()).toBe(false);
    expect(local.blobs.has('app.Contact')).toBe(true);
  });

  it('refuses everything after unload', async () => {
    const { device, repo } = await open();
    await device.unload();
    const refused = expect.objectContaining({ code: 'not-loaded' }) as Error;
    expect(() => repo.save({ name: 'x' })).toThrow(refused);
    await expect(repo.get('x')).rejects.toEqual(refused);
    expect(() => device.repo('Contact')).toThrow(refused);
  });
});
