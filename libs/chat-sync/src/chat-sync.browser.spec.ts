import {
  ApplicationRef,
  createEnvironmentInjector,
  EnvironmentInjector,
  runInInjectionContext,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChatHistory } from './history/chat-history';
import { injectConversation } from './history/inject-conversation';
import { injectConversations } from './history/inject-conversations';
import { type ChatSyncFeature } from './provide/chat-sync-feature';
import { provideChatSync } from './provide/provide-chat-sync';
import { withAutoSync } from './provide/with-auto-sync';
import { withDirectory } from './provide/with-directory';
import { withIdbStorage } from './provide/with-idb-storage';
import { withMemoryCloud } from './provide/with-memory-cloud';
import { ChatSyncService } from './sync/chat-sync-service';
import { idsOf, messageAt, messagesFrom } from './test-messages';

const conversationUrn = 'urn:chat:1';
let name: string;
let tabs: EnvironmentInjector[];

/** One more tab of the application: the same database, its own services. */
const openTab = (...features: ChatSyncFeature[]) => {
  const providers = [provideChatSync({}, withIdbStorage({ name }), ...features)];
  const injector = createEnvironmentInjector(providers, TestBed.inject(EnvironmentInjector));
  tabs.push(injector);
  const { conversation, list } = runInInjectionContext(injector, () => ({
    conversation: injectConversation(() => ({ conversationUrn })),
    list: injectConversations(),
  }));
  return {
    injector,
    conversation,
    list,
    chatSync: injector.get(ChatSyncService),
    history: injector.get(ChatHistory),
  };
};

beforeEach(() => {
  name = `browser-${crypto.randomUUID()}`;
  tabs = [];
});

afterEach(async () => {
  for (const tab of tabs) tab.destroy();
  await (await openIdbChatStorage({ name })).destroy();
});

describe('in a browser', () => {
  it('shows in one tab what another one writes, and follows its connections', async () => {
    const [first, second] = [openTab(withMemoryCloud()), openTab(withMemoryCloud())];
    await first.history.save(messagesFrom(0, 2));
    await expect.poll(() => idsOf(second.conversation.messages())).toEqual(['m0001', 'm0000']);
    await expect.poll(() => second.list.conversations()).toMatchObject([{ messageCount: 2 }]);
    await first.chatSync.connect('memory');
    await first.chatSync.syncMessages();
    await expect.poll(() => second.chatSync.providers()[0]?.isConnected).toBe(true);
    await expect.poll(() => second.chatSync.lastSyncedAt()).not.toBeNull();
    await first.chatSync.disconnect('memory');
    await expect.poll(() => second.chatSync.providers()[0]?.isConnected).toBe(false);
  });

  it('remembers a picked folder, and carries history through it to a new device', async () => {
    const root = await navigator.storage.getDirectory();
    const here = name;
    const pick = vi.fn(() => root.getDirectoryHandle(here, { create: true }));
    const first = openTab(withDirectory({ pick }));
    await first.history.save(messagesFrom(0, 3));
    expect(await first.chatSync.connect('directory')).toMatchObject({ ok: true });
    expect(await first.chatSync.syncMessages()).toMatchObject({ report: { recordsUploaded: 3 } });

    first.injector.destroy();
    tabs = [];
    const restarted = openTab(withDirectory({ pick }));
    await expect.poll(() => restarted.chatSync.providers()[0]?.isConnected).toBe(true);
    expect(await restarted.chatSync.syncMessages()).toMatchObject({ ok: true });
    expect(pick).toHaveBeenCalledTimes(1);

    name = `${here}-other`;
    const other = openTab(withDirectory({ pick }));
    await other.chatSync.connect('directory');
    expect(await other.chatSync.syncMessages()).toMatchObject({ report: { messagesNew: 3 } });
    await expect.poll(() => other.conversation.messages()).toHaveLength(3);
    await (await openIdbChatStorage({ name: here })).destroy();
    await root.removeEntry(here, { recursive: true });
  });

  it('goes on in another folder when the remembered one is gone', async () => {
    const root = await navigator.storage.getDirectory();
    const folder = (suffix: string) =>
      root.getDirectoryHandle(`${name}-${suffix}`, { create: true });
    const pick = vi.fn(() => folder('old'));
    const tab = openTab(withDirectory({ pick }));
    await tab.chatSync.prepareConnect('directory');
    await tab.chatSync.connect('directory');
    await tab.history.save(messagesFrom(0, 3));
    expect(await tab.chatSync.syncMessages()).toMatchObject({ report: { recordsUploaded: 3 } });
    expect(await tab.chatSync.connect('directory', { otherPlace: true })).toMatchObject({
      ok: true,
      provider: { pendingChanges: 0 },
    });

    await root.removeEntry(`${name}-old`, { recursive: true });
    expect(await tab.chatSync.syncMessages()).toMatchObject({ ok: false });
    pick.mockImplementation(() => folder('new'));
    expect(await tab.chatSync.connect('directory', { otherPlace: true })).toMatchObject({
      ok: true,
      provider: { pendingChanges: 3 },
    });
    expect(await tab.chatSync.syncMessages()).toMatchObject({ report: { recordsUploaded: 3 } });
    expect(tab.chatSync.status()).toMatchObject({ state: 'idle' });
    await root.removeEntry(`${name}-new`, { recursive: true });
  });

  it('saves a copy as a file and brings it in at another device, without any cloud', async () => {
    const tab = openTab();
    await tab.history.save(messagesFrom(0, 40));
    const exported = await tab.chatSync.exportVault();
    if (!exported.ok) throw exported.error;
    const file = await new Response(exported.report.stream).blob();
    const here = name;
    name = `${here}-other`;
    const other = openTab();
    expect(await other.chatSync.importVault(file)).toMatchObject({ report: { messagesNew: 40 } });
    await expect.poll(() => other.list.conversations()).toMatchObject([{ messageCount: 40 }]);
    expect(await (await other.history.storage()).providers()).toEqual([]);
    await (await openIdbChatStorage({ name: here })).destroy();
  });

  it('becomes stable while a sync is under way, and syncs by itself', async () => {
    const tab = openTab(withMemoryCloud(), withAutoSync({ afterWriteMs: 10 }));
    await tab.chatSync.connect('memory');
    await tab.history.save(messageAt(0));
    const syncing = tab.chatSync.syncMessages();
    await TestBed.inject(ApplicationRef).whenStable();
    expect(tab.chatSync.isSyncing()).toBe(true);
    await syncing;
    await tab.history.save(messageAt(1));
    const storage = await tab.history.storage();
    await expect.poll(async () => (await storage.pendingSummary('memory')).records).toBe(0);
  });
});
