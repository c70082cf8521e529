import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { gzipCodec } from '@chat-vault/core';
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { describe, expect, it } from 'vitest';
import { type DataOrchestrator } from './orchestrator/data-orchestrator.js';
import { type Contact, TestWorld } from './simulation/test-world.js';
import { cloudTier } from './cloud/index.js';
import { idbStore } from './idb/index.js';

const contacts = (device: DataOrchestrator) => device.repo<Contact>('Contact');
const names = async (device: DataOrchestrator) =>
  (await contacts(device).getAll({ sort: [{ field: 'name' }] })).map(({ name }) => name);

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
