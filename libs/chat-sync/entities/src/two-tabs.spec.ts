import {
  createEnvironmentInjector,
  EnvironmentInjector,
  runInInjectionContext,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { ChatSyncService, withCloud, ɵSEAM } from '@chat-vault/chat-sync';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { memoryStore } from '@chat-vault/entity-sync';
import { describe, expect, it } from 'vitest';
import { ChatSyncTestingController, provideChatSyncTesting } from '../../testing/src/index';
import { EntityRepositories } from './entity-repositories';
import { type Contact } from './test-devices';
import { withEntities } from './with-entities';

interface Channel {
  readonly name: string;
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** Tabs of one browser: what one posts the others get. */
function openBrowser() {
  const [local, cloud] = [memoryStore(), memoryCloud({ providerId: 'a' })];
  const channels = new Set<Channel>();
  const posted: string[] = [];
  const openChannel = (name: string): Channel => {
    const channel: Channel = {
      name,
      onmessage: null,
      postMessage: (data) => {
        posted.push(name);
        for (const other of channels)
          if (other !== channel && other.name === name)
            other.onmessage?.(new MessageEvent('message', { data }));
      },
      close: () => channels.delete(channel),
    };
    channels.add(channel);
    return channel;
  };
  let seeds = 0;
  const openTab = async () => {
    const injector = createEnvironmentInjector(
      [
        provideChatSyncTesting(
          { isConnected: false, seed: ++seeds },
          withEntities({ local: () => local }),
          withCloud(() => cloud),
        ),
        { provide: ɵSEAM.ENTITIES_ENVIRONMENT, useValue: { openChannel } },
      ],
      TestBed.inject(EnvironmentInjector),
    );
    const repositories = injector.get(EntityRepositories);
    const contacts = repositories.repo<Contact>('Contact');
    const shown = runInInjectionContext(injector, () => contacts.signalAll());
    const controller = injector.get(ChatSyncTestingController);
    await contacts.getAll();
    await controller.settle();
    return { injector, repositories, contacts, shown, controller };
  };
  return { channels, posted, cloud, openTab };
}

const namesOf = (contacts: readonly Contact[]) => contacts.map(({ name }) => name).sort();

describe('entities in two tabs', () => {
  it('are shown in one when another one has written them, and written once', async () => {
    const browser = openBrowser();
    const [first, second] = [await browser.openTab(), await browser.openTab()];
    await first.contacts.save({ name: 'Ada' });
    await second.contacts.save({ name: 'Bob' });
    await first.controller.advance(2_000);
    await second.controller.advance(2_000);
    await first.controller.settle();
    expect(namesOf(first.shown())).toEqual(['Ada', 'Bob']);
    expect(namesOf(second.shown())).toEqual(['Ada', 'Bob']);
    const posted = browser.posted.length;
    await first.repositories.flush();
    await second.repositories.flush();
    await second.controller.settle();
    expect(browser.posted).toHaveLength(posted);
  });

  it('are taken over by a frozen tab when it thaws, as what it reads before would hold up all others', async () => {
    const browser = openBrowser();
    const [first, second] = [await browser.openTab(), await browser.openTab()];
    document.dispatchEvent(new Event('freeze'));
    await first.contacts.save({ name: 'Ada' });
    await first.controller.advance(2_000);
    await second.controller.settle();
    expect(browser.posted).not.toHaveLength(0);
    expect(namesOf(second.shown())).toEqual([]);
    document.dispatchEvent(new Event('resume'));
    await second.controller.settle();
    expect(namesOf(second.shown())).toEqual(['Ada']);
  });

  it('get in all tabs what a cloud brought to one', async () => {
    const browser = openBrowser();
    const [first, second] = [await browser.openTab(), await browser.openTab()];
    const elsewhere = await openBrowserOver(browser.cloud);
    await elsewhere.contacts.save({ name: 'Eve' });
    await elsewhere.repositories.syncNow();
    await first.injector.get(ChatSyncService).connect('a');
    await first.repositories.syncNow();
    await second.controller.settle();
    expect(namesOf(second.shown())).toEqual(['Eve']);
  });

  it('end their channel with the application', async () => {
    const browser = openBrowser();
    const tab = await browser.openTab();
    expect([...browser.channels].map(({ name }) => name)).toEqual([
      'chat-sync-entities:chat-vault-entities/chat-vault/',
    ]);
    tab.injector.destroy();
    await expect.poll(() => browser.channels.size).toBe(0);
  });
});

/** Another device with that cloud, connected. */
async function openBrowserOver(cloud: ReturnType<typeof memoryCloud>) {
  const injector = createEnvironmentInjector(
    [
      provideChatSyncTesting(
        { isConnected: false, seed: 77 },
        withEntities(),
        withCloud(() => cloud),
      ),
    ],
    TestBed.inject(EnvironmentInjector),
  );
  await injector.get(ChatSyncService).connect('a');
  const repositories = injector.get(EntityRepositories);
  return { repositories, contacts: repositories.repo<Contact>('Contact') };
}
