import { CloudError } from '@chat-vault/cloud-storage';
import { describe, expect, it } from 'vitest';
import { DataOrchestrator } from './data-orchestrator.js';
import { type TelemetryEvent } from '../schedule/telemetry.js';
import { type Contact, PlainPersistence, TestWorld } from '../simulation/test-world.js';
import { EntityKeyNameStrategy } from '../strategy/entity-key-strategy.js';
import { memoryStore } from '../tiers/memory/memory-store.js';

const load = (world: TestWorld, local = new PlainPersistence()) =>
  DataOrchestrator.load({
    prefix: 'app',
    store: memoryStore(),
    local,
    strategy: new EntityKeyNameStrategy(),
    environment: world.environment(),
  });

describe('DataOrchestrator', () => {
  it('gives the one that was loaded, until it is unloaded', async () => {
    const refused = expect.objectContaining({ code: 'not-loaded' }) as Error;
    expect(() => DataOrchestrator.getInstance()).toThrow(refused);
    const loaded = await load(new TestWorld());
    expect(DataOrchestrator.getInstance()).toBe(loaded);
    await loaded.unload();
    await loaded.unload();
    expect(() => DataOrchestrator.getInstance()).toThrow(refused);
    await expect(loaded.syncNow()).rejects.toEqual(refused);
  });

  it('ends the one that was loaded before, with all that was saved', async () => {
    const local = new PlainPersistence();
    const world = new TestWorld();
    const first = await load(world, local);
    first.repo<Contact>('Contact').save({ id: 'a', name: 'Ada' });
    const second = await load(world, local);
    expect(await second.repo<Contact>('Contact').get('a')).toMatchObject({ name: 'Ada' });
    expect(() => first.repo('Contact')).toThrow();
    await second.unload();
  });

  it('ends all but the last of several that are loaded at once', async () => {
    const world = new TestWorld();
    const loaded = await Promise.all([load(world), load(world), load(world)]);
    expect(DataOrchestrator.getInstance()).toBe(loaded[2]);
    expect(() => loaded[0]?.repo('Contact')).toThrow();
    expect(() => loaded[1]?.repo('Contact')).toThrow();
    await loaded[2]?.unload();
    expect(world.listeners + world.timers).toBe(0);
  });

  it('has any number side by side, which do not see each other in one tier', async () => {
    const world = new TestWorld();
    const local = memoryStore();
    const [one, two] = [
      await world.device({ local, prefix: 'one' }),
      await world.device({ local, prefix: 'two' }),
    ];
    one.repo<Contact>('Contact').save({ id: 'a', name: 'one' });
    two.repo<Contact>('Contact').save({ id: 'a', name: 'two' });
    await one.flush();
    await two.flush();
    const again = await world.device({ local, prefix: 'one' });
    expect(await again.repo<Contact>('Contact').getAll()).toMatchObject([{ name: 'one' }]);
  });

  it('says whether something is not everywhere yet', async () => {
    const world = new TestWorld();
    const device = await world.device({ local: memoryStore() });
    const seen: boolean[] = [];
    device.observeDirty().subscribe((isDirty) => seen.push(isDirty));
    expect(device.isDirty()).toBe(false);
    device.repo<Contact>('Contact').save({ name: 'Ada' });
    expect(device.isDirty()).toBe(true);
    await device.flush();
    expect(device.isDirty()).toBe(false);
    device.attachCloud('mine', memoryStore());
    expect(device.isDirty()).toBe(true);
    await device.syncNow();
    await device.syncNow();
    expect(seen).toEqual([false, true, false, true, false]);
  });

  it('keeps several clouds equal, and refuses an id twice', async () => {
    const world = new TestWorld();
    const [first, second] = [memoryStore(), memoryStore()];
    const device = await world.device({ cloud: first });
    device.attachCloud('second', second);
    expect(() => device.attachCloud('second', memoryStore())).toThrow(/taken/);
    expect(() => device.attachCloud('local', memoryStore())).toThrow(/taken/);
    device.repo<Contact>('Contact').save({ id: 'a', name: 'Ada' });
    const other = await world.device({ cloud: second });
    await device.syncNow();
    await other.syncNow();
    other.repo<Contact>('Contact').save({ id: 'b', name: 'Bob' });
    await other.syncNow();
    await device.syncNow();
    for (const cloud of [first, second])
      expect(
        Object.keys(((await cloud.loadData('app.global')) as { Contact: object }).Contact),
      ).toEqual(['a', 'b']);
  });

  it('tries every tier in syncNow, and rejects with the first failure', async () => {
    const world = new TestWorld();
    const [bad, good] = [new PlainPersistence(), new PlainPersistence()];
    bad.before = () => {
      throw new Error('mine');
    };
    const device = await world.device({ local: memoryStore() });
    device.attachCloud('bad', bad);
    device.attachCloud('good', good);
    device.repo<Contact>('Contact').save({ name: 'Ada' });
    await expect(device.syncNow()).rejects.toThrow('mine');
    expect(good.blobs.has('app.Contact')).toBe(true);
    expect(device.states().map(({ tierId, isDirty }) => [tierId, isDirty])).toEqual([
      ['local', false],
      ['bad', true],
      ['good', false],
    ]);
  });

  it('asks one cloud only when that is named, and brings what it has to memory', async () => {
    const world = new TestWorld();
    const [first, second] = [new PlainPersistence(), new PlainPersistence()];
    const device = await world.device({ local: memoryStore() });
    device.attachCloud('first', first);
    device.attachCloud('second', second);
    const elsewhere = await world.device({ cloud: first });
    elsewhere.repo<Contact>('Contact').save({ name: 'Eve' });
    await elsewhere.syncNow();
    device.repo<Contact>('Contact').save({ name: 'Ada' });
    await device.syncNow('first');
    expect(second.calls).toEqual([]);
    expect(
      Object.keys((first.blobs.get('app.Contact') as { Contact: object }).Contact),
    ).toHaveLength(2);
    const names = await device.repo<Contact>('Contact').getAll({ sort: [{ field: 'name' }] });
    expect(names.map(({ name }) => name)).toEqual(['Ada', 'Eve']);
    for (const id of ['local', 'store', 'third'])
      await expect(device.syncNow(id)).rejects.toMatchObject({ code: 'invalid-entity' });
  });

  it('shows what a cloud that takes nothing holds, under the same key too, says so, and heals', async () => {
    const world = new TestWorld();
    const cloud = new PlainPersistence();
    const elsewhere = await world.device({ cloud });
    elsewhere.repo<Contact>('Contact').save({ name: 'Eve' });
    await elsewhere.syncNow();
    const device = await world.device({ local: memoryStore() });
    const contacts = device.repo<Contact>('Contact');
    contacts.save({ name: 'Ada' });
    device.attachCloud('mine', cloud);
    cloud.before = ({ operation }) => {
      if (operation === 'store') throw new CloudError('quota-exceeded', 'full');
    };
    const events: TelemetryEvent[] = [];
    device.telemetry$.subscribe((event) => events.push(event));
    await expect(device.syncNow()).rejects.toMatchObject({ code: 'quota-exceeded' });
    expect((await contacts.getAll()).map(({ name }) => name).sort()).toEqual(['Ada', 'Eve']);
    expect(device.states()).toMatchObject([
      { tierId: 'local', isDirty: false, error: null },
      { tierId: 'mine', isDirty: true, error: { code: 'quota-exceeded' } },
    ]);
    expect(events).toContainEqual(
      expect.objectContaining({ to: 'mine', outcome: 'failed', keysWritten: 1 }),
    );
    cloud.before = () => undefined;
    await device.syncNow();
    expect(device.states()[1]).toMatchObject({ isDirty: false, error: null });
    await elsewhere.syncNow();
    expect(await elsewhere.repo<Contact>('Contact').getAll()).toHaveLength(2);
  });

  it('measures each sync', async () => {
    const world = new TestWorld();
    const cloud = new PlainPersistence();
    cloud.before = () => void (world.now += 10);
    const device = await world.device({ local: memoryStore(), cloud });
    const events: TelemetryEvent[] = [];
    device.telemetry$.subscribe((event) => events.push(event));
    device.repo<Contact>('Contact').save({ name: 'Ada' });
    await device.syncNow();
    const done = { kind: 'sync', outcome: 'done', conflicts: 0, keysSkipped: 0 };
    expect(events.slice(0, 2)).toMatchObject([
      { ...done, from: 'store', to: 'local', keysCompared: 1, keysWritten: 1 },
      { ...done, from: 'local', to: 'cloud', keysCompared: 1, keysWritten: 1 },
    ]);
    expect(events[0]?.bytes).toBeGreaterThan(20);
    expect(events[1]?.durationMs).toBeGreaterThanOrEqual(40);
    expect(events.at(-1)).toMatchObject({ keysCompared: 0, keysWritten: 0, bytes: 0 });
    cloud.before = () => {
      throw new Error('mine');
    };
    await device.syncNow().catch(() => undefined);
    expect(events).toContainEqual(
      expect.objectContaining({ outcome: 'failed', error: new Error('mine'), to: 'cloud' }),
    );
    expect(JSON.stringify(events)).not.toContain('Ada');
  });

  it('verifies every tier', async () => {
    const world = new TestWorld();
    const local = new PlainPersistence();
    const device = await world.device({ local, cloud: memoryStore() });
    device.repo<Contact>('Contact').save({ name: 'Ada' });
    await device.syncNow();
    expect(await device.verify()).toEqual({
      local: { checked: 1, problems: [] },
      cloud: { checked: 1, problems: [] },
    });
    await local.storeData('app.Contact', 'torn');
    expect((await device.verify())['local']?.problems).toMatchObject([
      { kind: 'damaged', path: 'app.Contact' },
    ]);
  });

  it('shows a damaged key as an error, and saves the others', async () => {
    const world = new TestWorld();
    const local = new PlainPersistence();
    const before = await world.device({ local });
    before.repo<Contact>('Contact').save({ id: 'a', name: 'Ada' });
    await before.unload();
    local.blobs.set('app.global', { Contact: 5 });
    local.blobs.set('app.metadata', { entityKeys: { 'app.global': {} } });
    const device = await world.device({ local });
    expect(device.states()).toMatchObject([{ error: { code: 'malformed' } }]);
    device.repo<Contact>('Contact').save({ name: 'Bob' });
    await expect(device.flush()).rejects.toMatchObject({
      code: 'malformed',
      details: { keys: ['app.global'] },
    });
    expect(local.blobs.has('app.Contact')).toBe(true);
    expect(local.blobs.get('app.global')).toEqual({ Contact: 5 });
  });
});
