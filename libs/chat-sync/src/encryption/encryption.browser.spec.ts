import { createEnvironmentInjector, EnvironmentInjector } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { withEncryption } from '@chat-vault/chat-sync/encryption';
import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { type MemoryCloud, memoryCloud } from '@chat-vault/cloud-storage/memory';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChatHistory } from '../history/chat-history';
import { provideChatSync } from '../provide/provide-chat-sync';
import { withCloud } from '../provide/with-cloud';
import { withIdbStorage } from '../provide/with-idb-storage';
import { ChatSyncService } from '../sync/chat-sync-service';
import { messageAt } from '../test-messages';

const passphrase = 'correct horse battery';
let name: string;
let cloud: MemoryCloud;
let tabs: EnvironmentInjector[];

const openTab = () => {
  const injector = createEnvironmentInjector(
    [
      provideChatSync(
        {},
        withIdbStorage({ name }),
        withEncryption(),
        withCloud(() => cloud),
      ),
    ],
    TestBed.inject(EnvironmentInjector),
  );
  tabs.push(injector);
  return { chatSync: injector.get(ChatSyncService), history: injector.get(ChatHistory) };
};

beforeEach(() => {
  name = `encryption-${crypto.randomUUID()}`;
  cloud = memoryCloud({ providerId: 'a' });
  tabs = [];
});

afterEach(async () => {
  for (const tab of tabs) tab.destroy();
  await (await openIdbChatStorage({ name })).destroy();
});

describe('encryption in a browser', () => {
  it('keeps keys that no script can read, which other tabs and the next start use', async () => {
    const [here, there] = [openTab(), openTab()];
    await here.chatSync.connect('a');
    await here.history.save(messageAt(0));
    const enabled = await here.chatSync.enableEncryption({ passphrase });
    if (!enabled.ok) throw enabled.error;
    const { recoveryCode, groups } = enabled.report;
    const code = recoveryCode.split('-');
    const typed = groups.map((group) => code[group - 1] ?? '');
    expect(await here.chatSync.confirmRecovery(typed)).toMatchObject({ ok: true });
    await expect.poll(() => there.chatSync.encryption().state).toBe('unlocked');

    const storage = await there.history.storage();
    const { keys } = (await storage.document('a', 'chat-sync:encryption')) as {
      readonly keys: readonly { readonly key: CryptoKey }[];
    };
    await expect(crypto.subtle.exportKey('raw', keys[0]?.key as CryptoKey)).rejects.toThrow();

    const next = openTab();
    await next.history.save(messageAt(1));
    expect(await next.chatSync.syncMessages()).toMatchObject({ ok: true });
    expect(next.chatSync.pendingChanges()).toBe(0);
    const data = cloud.files().filter(({ path }) => !path.includes('/keyring/'));
    expect(data.every(({ path }) => path.endsWith('.enc'))).toBe(true);

    await next.chatSync.lock();
    for (const tab of [here, there, next])
      await expect.poll(() => tab.chatSync.encryption().state).toBe('locked');
    expect(await here.chatSync.unlock({ recoveryCode })).toMatchObject({ ok: true });
    await expect.poll(() => next.chatSync.encryption().state).toBe('unlocked');
  });
});
