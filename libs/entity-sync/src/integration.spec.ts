import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { gzipCodec } from '@chat-vault/core';
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { describe, expect, it } from 'vitest';
import { type ConflictResolver } from './merge/conflict-resolver.js';
import { type EntityVersion } from './merge/entity-version.js';
import { type DataOrchestrator } from './orchestrator/data-orchestrator.js';
import { type Contact, TestWorld } from './simulation/test-world.js';
import { cloudTier } from './cloud/index.js';
import { idbStore } from './idb/index.js';

const contacts = (device: DataOrchestrator) => device.repo<Contact>('Contact');
const names = async (device: DataOrchestrator) =>
  (await contacts(device).getAll({ sort: [{ field: 'name' }] })).map(({ name }) => name);

const nameOf = (version: EntityVersion) =>
  version.kind === 'active' ? (version.entity as Contact).name : '~';

describe('devices with IndexedDB and a cloud', () => {
  const open = () => {
    const world = new TestWorld();
    const cloud = memoryCloud({ now: () => world.now });
    const device = (indexedDB: IDBFactory) =>
      world.device({
        local: idbStore({ indexedDB, name: 'entities' }),
        cloud: cloudTier(cloud, gzipCodec(), { now: () => world.now }),
      });
    return { world, cloud, device };
  };

  it('come to the same after saves and deletions at once', async () => {
    const { world, cloud, device } = open();
    const devices = await Promise.all([1, 2, 3].map(() => device(new IDBFactory())));
    const [one, two, three] = devices as [DataOrchestrator, DataOrchestrator, DataOrchestrator];
    const gone = contacts(one).save({ name: 'gone' });
    contacts(one).save({ name: 'Ada', born: new Date(5) });
    await Promise.all(devices.map((each) => each.syncNow()));
    await two.syncNow();
    contacts(two).delete(gone);
    contacts(two).save({ name: 'Bob' });
    contacts(three).save({ name: 'Cid' });
    await Promise.all(devices.map((each) => each.syncNow()));
    for (const each of [...devices, ...devices]) {
      world.now += 60_000;
      await each.syncNow();
    }
    for (const each of devices) expect(await names(each)).toEqual(['Ada', 'Bob', 'Cid']);
    expect(await contacts(three).getAll({ where: { name: 'Ada' } })).toMatchObject([
      { born: new Date(5) },
    ]);
    cloud.clearRequests();
    world.now += 60_000;
    await one.syncNow();
    expect(cloud.requests.map(({ kind }) => kind)).toEqual(['list']);
    for (const report of Object.values(await one.verify())) expect(report.problems).toEqual([]);
  });

  it('bring back what was damaged in the cloud, once verify has found it', async () => {
    const { world, cloud, device } = open();
    const [one, two] = [await device(new IDBFactory()), await device(new IDBFactory())];
    contacts(one).save({ name: 'Ada' });
    await one.syncNow();
    const [{ path } = { path: '' }] = cloud.files();
    const bytes = Uint8Array.from(cloud.peek(path) ?? []);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    cloud.poke(path, bytes);
    await two.syncNow();
    await one.syncNow();
    expect(await names(two)).toEqual([]);
    expect((await one.verify())['cloud']?.problems).toMatchObject([{ kind: 'damaged', path }]);
    for (const each of [one, two]) {
      world.now += 60_000;
      await each.syncNow();
    }
    expect(await names(two)).toEqual(['Ada']);
    expect(cloud.peek(path)).toEqual(bytes);
  });

  it('go by the resolver of the orchestrator in the cloud too, also where changes are put together', async () => {
    const world = new TestWorld();
    const cloud = memoryCloud({ now: () => world.now });
    const firstName: ConflictResolver = {
      resolve: (a, b) => (nameOf(a) <= nameOf(b) ? a : b),
    };
    const device = () =>
      world.device({
        local: idbStore({ indexedDB: new IDBFactory(), name: 'entities' }),
        cloud: cloudTier(cloud, gzipCodec(), { now: () => world.now }),
        conflictResolver: firstName,
      });
    const devices = [await device(), await device()];
    for (let round = 0; round < 14; round++) {
      for (const [index, each] of devices.entries()) {
        contacts(each).save({ id: 'a', name: `${(round + index) % 2 ? 'z' : 'a'} ${round}` });
        contacts(each).save({ id: `${round} ${index}`, name: `${round}` });
      }
      world.now += 60_000;
      for (const each of devices) await each.syncNow();
    }
    for (const each of [...devices, ...devices]) {
      world.now += 60_000;
      await each.syncNow();
    }
    const [one, two] = await Promise.all(devices.map((each) => contacts(each).getAll()));
    expect(one?.map(({ id, name }) => [id, name]).sort()).toEqual(
      two?.map(({ id, name }) => [id, name]).sort(),
    );
    cloud.clearRequests();
    for (const each of devices) {
      world.now += 60_000;
      await each.syncNow();
    }
    expect(new Set(cloud.requests.map(({ kind }) => kind))).toEqual(new Set(['list']));
  });

  it('lose nothing when two tabs write to one database at once', async () => {
    const { device } = open();
    const indexedDB = new IDBFactory();
    const tabs = await Promise.all([device(indexedDB), device(indexedDB)]);
    for (let round = 0; round < 10; round++) {
      tabs.forEach((tab, index) => contacts(tab).save({ name: `tab ${index} ${round}` }));
      await Promise.all(tabs.map((tab) => tab.flush()));
    }
    const later = await device(indexedDB);
    expect(await names(later)).toHaveLength(20);
    for (const tab of tabs) await tab.refresh();
    for (const tab of tabs) expect(await names(tab)).toHaveLength(20);
  });
});
