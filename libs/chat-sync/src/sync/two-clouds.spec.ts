import { createEnvironmentInjector, EnvironmentInjector } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { CloudError } from '@chat-vault/cloud-storage';
import { type MemoryCloud, memoryCloud } from '@chat-vault/cloud-storage/memory';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChatHistory } from '../history/chat-history';
import { provideChatSync } from '../provide/provide-chat-sync';
import { withChatStorage } from '../provide/with-chat-storage';
import { withCloud } from '../provide/with-cloud';
import { messageAt } from '../test-messages';
import { ChatSyncService } from './chat-sync-service';

let names: string[];
let devices: EnvironmentInjector[];

/** A device with a database of its own and these clouds, connected. */
const openDevice = async (...clouds: readonly MemoryCloud[]) => {
  const name = `two-clouds-${names.length}`;
  names.push(name);
  const injector = createEnvironmentInjector(
    [
      provideChatSync(
        {},
        withChatStorage(() => openIdbChatStorage({ name })),
        ...clouds.map((cloud) => withCloud(() => cloud)),
      ),
    ],
    TestBed.inject(EnvironmentInjector),
  );
  devices.push(injector);
  const chatSync = injector.get(ChatSyncService);
  const history = injector.get(ChatHistory);
  for (const { providerId } of clouds) await chatSync.connect(providerId);
  const read = async () => {
    const storage = await history.storage();
    const page = await storage.history({ conversationUrn: 'urn:chat:1', limit: 100 });
    return page.messages.map(({ id }) => id).sort();
  };
  return { chatSync, history, read };
};

beforeEach(() => {
  [names, devices] = [[], []];
});

afterEach(async () => {
  for (const device of devices) device.destroy();
  for (const name of names) await (await openIdbChatStorage({ name })).destroy();
});

describe('two clouds at once', () => {
  it('are both synced, and each gets what the other one brought in the same call', async () => {
    const [first, second] = [memoryCloud({ providerId: 'a' }), memoryCloud({ providerId: 'b' })];
    const left = await openDevice(first);
    const both = await openDevice(first, second);
    const right = await openDevice(second);
    await left.history.save(messageAt(0));
    await both.history.save(messageAt(1));
    await right.history.save(messageAt(2));
    await left.chatSync.syncMessages();
    await right.chatSync.syncMessages();

    expect(await both.chatSync.syncMessages()).toMatchObject({ ok: true });
    expect(both.chatSync.pendingChanges()).toBe(0);
    await left.chatSync.syncMessages();
    await right.chatSync.syncMessages();
    const all = ['m0000', 'm0001', 'm0002'];
    for (const device of [left, both, right]) expect(await device.read()).toEqual(all);
  });

  it('leave each other alone when one fails', async () => {
    const [first, second] = [memoryCloud({ providerId: 'a' }), memoryCloud({ providerId: 'b' })];
    const both = await openDevice(first, second);
    await both.history.save(messageAt(0));
    first.create = () => Promise.reject(new CloudError('quota-exceeded', 'full'));
    first.space = async () => ({ usedBytes: 15_000_000_000, freeBytes: 0 });
    const result = await both.chatSync.syncMessages();
    expect(result).toMatchObject({ ok: false, error: { code: 'quota-exceeded' } });
    expect(result.reports).toHaveLength(1);
    expect(both.chatSync.providers()).toMatchObject([
      {
        pendingChanges: 1,
        status: { state: 'cloud-full', space: { usedBytes: 15_000_000_000, freeBytes: 0 } },
      },
      { pendingChanges: 0, status: { state: 'idle' } },
    ]);
    expect(both.chatSync.persistence()).not.toBe('unbacked');
  });
});
