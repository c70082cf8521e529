import { ApplicationRef, createEnvironmentInjector, EnvironmentInjector } from '@angular/core';
import { runInInjectionContext } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { ChatSyncService, provideChatSync, withCloud, withIdbStorage } from '@chat-vault/chat-sync';
import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { idbStore } from '@chat-vault/entity-sync/idb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EntityRepositories } from './entity-repositories';
import { type Contact } from './test-devices';
import { withEntities } from './with-entities';

let name: string;
let tabs: EnvironmentInjector[];
let cloud: ReturnType<typeof memoryCloud>;

/** One more tab of the application: the same databases, its own services. */
const openTab = () => {
  const injector = createEnvironmentInjector(
    [
      provideChatSync(
        {},
        withIdbStorage({ name }),
        withCloud(() => cloud),
        withEntities({ name: () => `${name}-entities` }),
      ),
    ],
    TestBed.inject(EnvironmentInjector),
  );
  tabs.push(injector);
  const repositories = injector.get(EntityRepositories);
  const contacts = repositories.repo<Contact & { since?: Date }>('Contact');
  const shown = runInInjectionContext(injector, () =>
    contacts.signalAll({ sort: [{ field: 'name' }] }),
  );
  const names = () => shown().map((contact) => contact.name);
  return { injector, repositories, contacts, shown, names };
};

beforeEach(() => {
  name = `entities-${crypto.randomUUID()}`;
  tabs = [];
  cloud = memoryCloud();
});

afterEach(async () => {
  for (const tab of tabs) tab.destroy();
  await (await openIdbChatStorage({ name })).destroy();
  await idbStore({ name: `${name}-entities` }).destroy();
});

describe('entities in a browser', () => {
  it('are in IndexedDB after a restart, with dates as they were', async () => {
    const tab = openTab();
    const since = new Date(2020, 1, 3);
    await tab.contacts.save({ name: 'Ada', since });
    expect(await tab.repositories.flush()).toEqual({ ok: true });
    tab.injector.destroy();
    tabs = [];
    const again = openTab();
    await expect.poll(() => again.names()).toEqual(['Ada']);
    expect(again.shown()[0]?.since).toEqual(since);
    expect(again.repositories.isReady()).toBe(true);
  });

  it('are shown in one tab when another one saved or synced them', async () => {
    const [first, second] = [openTab(), openTab()];
    await second.contacts.getAll();
    await first.contacts.save({ name: 'Ada' });
    await second.contacts.save({ name: 'Bob' });
    await expect.poll(() => second.names()).toEqual(['Ada', 'Bob']);
    await expect.poll(() => first.names()).toEqual(['Ada', 'Bob']);
    await first.injector.get(ChatSyncService).connect('memory');
    const synced = await Promise.all([
      first.repositories.syncNow(),
      second.injector.get(ChatSyncService).syncMessages(),
      first.repositories.syncNow(),
    ]);
    expect(synced.map(({ ok }) => ok)).toEqual([true, true, true]);
    const here = name;
    name = `${here}-other`;
    const other = openTab();
    await other.injector.get(ChatSyncService).connect('memory');
    expect(await other.repositories.syncNow()).toEqual({ ok: true });
    expect(await other.contacts.getAll()).toHaveLength(2);
    await openIdbChatStorage({ name: here }).then((storage) => storage.destroy());
    await idbStore({ name: `${here}-entities` }).destroy();
  });

  it('do not keep the application from becoming stable', async () => {
    const tab = openTab();
    await tab.contacts.save({ name: 'Ada' });
    await TestBed.inject(ApplicationRef).whenStable();
    expect(tab.repositories.isDirty()).toBe(true);
    await expect.poll(() => tab.repositories.isDirty()).toBe(false);
  });
});
