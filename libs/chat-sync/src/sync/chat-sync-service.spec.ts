import { ApplicationRef } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { StorageError } from '@chat-vault/chat-storage';
import { CloudError } from '@chat-vault/cloud-storage';
import { describe, expect, it } from 'vitest';
import {
  ChatSyncTestingController,
  type ChatSyncTestingOptions,
  provideChatSyncTesting,
} from '../../testing/src/index';
import { ChatHistory } from '../history/chat-history';
import { withMemoryCloud } from '../provide/with-memory-cloud';
import { messageAt, messagesFrom } from '../test-messages';
import { ChatSyncService } from './chat-sync-service';

const setUp = (
  options: ChatSyncTestingOptions = {},
  ...features: Parameters<typeof provideChatSyncTesting>[1][]
) => {
  const providers = [provideChatSyncTesting(options, ...features)];
  TestBed.configureTestingModule({ providers });
  return {
    controller: TestBed.inject(ChatSyncTestingController),
    chatSync: TestBed.inject(ChatSyncService),
    history: TestBed.inject(ChatHistory),
  };
};

describe('ChatSyncService', () => {
  describe('before a cloud is connected', () => {
    it('says so, and that nothing is wrong', async () => {
      const { controller, chatSync } = setUp({ isConnected: false });
      await controller.settle();
      expect(chatSync.status()).toMatchObject({
        state: 'idle',
        message: 'No cloud is connected.',
      });
      expect(chatSync.lastSyncedAt()).toBeNull();
      expect(await chatSync.syncMessages()).toMatchObject({
        ok: false,
        error: { code: 'not-connected' },
      });
    });

    it('reads history from this device', async () => {
      const { chatSync, history } = setUp({ isConnected: false });
      await history.save(messagesFrom(0, 3));
      const page = await chatSync.loadOlder({ conversationUrn: 'urn:chat:1', limit: 2 });
      expect(page).toMatchObject({ hasOlder: true, incomplete: false });
    });

    it('names an unknown provider', async () => {
      const { chatSync } = setUp({ isConnected: false });
      expect(await chatSync.connect('dropbox')).toMatchObject({
        ok: false,
        error: { code: 'unknown-provider', message: expect.stringContaining('"dropbox"') },
      });
    });

    it('connects the cloud that a sync names', async () => {
      const { chatSync } = setUp({ isConnected: false });
      expect(await chatSync.syncMessages('memory')).toMatchObject({ ok: true });
      expect(chatSync.providers()).toMatchObject([{ isConnected: true }]);
    });
  });

  it('remembers on this device what is connected and when it was synced', async () => {
    const { controller, chatSync } = setUp();
    await chatSync.syncMessages();
    const storage = await controller.storage();
    expect(await storage.document('memory', 'chat-sync')).toMatchObject({
      isConnected: true,
      lastSyncedAt: Date.UTC(2026, 0, 1, 12),
    });
    await chatSync.disconnect('memory');
    expect(await storage.document('memory', 'chat-sync')).toMatchObject({ isConnected: false });
    expect(chatSync.status().message).toBe('No cloud is connected.');
  });

  it('keeps what is known of a disconnected cloud unless told to forget it', async () => {
    const { controller, chatSync } = setUp();
    await chatSync.syncMessages();
    const storage = await controller.storage();
    await chatSync.disconnect('memory');
    expect(await storage.providers()).toEqual(['memory']);
    expect(await chatSync.disconnect('memory', { forget: true })).toEqual({ ok: true });
    expect(await storage.providers()).toEqual([]);
  });

  it('shows a sync while it runs, and never keeps the application from being stable', async () => {
    const { controller, chatSync, history } = setUp();
    await history.save(messageAt(0));
    await controller.settle();
    const syncing = chatSync.syncMessages();
    await TestBed.inject(ApplicationRef).whenStable();
    expect(chatSync.isSyncing()).toBe(true);
    expect(chatSync.status()).toMatchObject({ state: 'syncing', providerId: 'memory' });
    expect(chatSync.pendingChanges()).toBe(1);
    await syncing;
    expect(chatSync.isSyncing()).toBe(false);
    expect(chatSync.progress()).toBeNull();
    expect(chatSync.pendingChanges()).toBe(0);
    expect(chatSync.lastSyncedAt()).toEqual(new Date(Date.UTC(2026, 0, 1, 12)));
  });

  it.each([
    ['unauthorized', 'auth-error'],
    ['quota-exceeded', 'cloud-full'],
    ['unavailable', 'throttled'],
    ['forbidden', 'connection-error'],
    ['invalid', 'sync-error'],
  ] as const)('turns %s into %s, loses nothing, and recovers', async (code, state) => {
    const { controller, chatSync, history } = setUp();
    await history.save(messageAt(0));
    await controller.settle();
    controller.failNext('any', code, 100);
    expect(await chatSync.syncMessages()).toMatchObject({ ok: false, error: { code } });
    expect(chatSync.status()).toMatchObject({ state, providerId: 'memory', error: { code } });
    expect(chatSync.pendingChanges()).toBe(1);
    expect(chatSync.lastSyncedAt()).toBeNull();
    controller.heal();
    const status = chatSync.status();
    if (status.state === 'throttled') await controller.advance(60_000);
    expect(await chatSync.syncMessages()).toMatchObject({ ok: true });
    expect(chatSync.status().state).toBe('idle');
    expect(chatSync.pendingChanges()).toBe(0);
  });

  it('says until when a service wants to be left alone', async () => {
    const { controller, chatSync } = setUp();
    await controller.settle();
    const busy = new CloudError('rate-limited', 'busy', { retryAfterMs: 600_000 });
    controller.failNext('any', busy, 100);
    await chatSync.syncMessages();
    expect(chatSync.status()).toMatchObject({
      state: 'throttled',
      until: new Date(Date.UTC(2026, 0, 1, 12, 10)),
    });
  });

  it('ends a call that is aborted, without an error on the screen', async () => {
    const { controller, chatSync } = setUp();
    await controller.settle();
    const signal = AbortSignal.abort();
    expect(await chatSync.syncMessages(undefined, { signal })).toMatchObject({
      ok: false,
      error: { code: 'aborted' },
    });
    expect(chatSync.status().state).toBe('idle');
  });

  it('says that the cloud was emptied, and uploads everything again when asked', async () => {
    const { controller, chatSync, history } = setUp();
    await history.save(messagesFrom(0, 3));
    await chatSync.syncMessages();
    await chatSync.syncMessages();
    for (const { path } of controller.cloud.files()) controller.cloud.drop(path);
    await chatSync.syncMessages();
    expect(chatSync.status()).toMatchObject({
      state: 'sync-error',
      error: { code: 'vault-emptied' },
    });
    expect(await chatSync.reseed()).toMatchObject({ ok: true, report: { recordsUploaded: 3 } });
    expect(chatSync.status().state).toBe('idle');
    expect(chatSync.providers()).toMatchObject([{ isConnected: true }]);
    expect(await (await controller.storage()).document('memory', 'chat-sync')).toMatchObject({
      isConnected: true,
    });
  });

  it('syncs several clouds one after the other and adds up what they say', async () => {
    const { controller, chatSync, history } = setUp({}, withMemoryCloud({ providerId: 'second' }));
    await chatSync.connect('second');
    await history.save(messagesFrom(0, 2));
    const result = await chatSync.syncMessages();
    expect(result).toMatchObject({ ok: true, report: { recordsUploaded: 4 } });
    expect(result.reports.map(({ providerId }) => providerId)).toEqual(['memory', 'second']);
    controller.failNext('any', 'unauthorized', 100);
    const partly = await chatSync.syncMessages();
    expect(partly).toMatchObject({ ok: false, error: { code: 'unauthorized' } });
    expect(partly.reports).toHaveLength(1);
    expect(chatSync.status()).toMatchObject({ state: 'auth-error', providerId: 'memory' });
  });

  it('restores, checks and describes a month', async () => {
    const { controller, chatSync } = setUp({ config: { engine: { bulkRecords: 10 } } });
    const other = await controller.secondDevice();
    await other.storage.save(messagesFrom(0, 40));
    await other.sync();
    await chatSync.syncMessages();
    expect(await chatSync.restoreVaultForDate('2025-01-15')).toMatchObject({ ok: true });
    expect(await chatSync.inventory()).toMatchObject({
      ok: true,
      report: {
        months: [
          { month: '2025-02', messagesInCloud: 9 },
          { month: '2025-01', messagesInCloud: 31, messagesHere: 31, complete: true },
        ],
      },
    });
    expect(await chatSync.verify('memory', { month: '2025-01' })).toMatchObject({
      ok: true,
      report: { ok: true },
    });
    expect(await chatSync.repair()).toMatchObject({ ok: true });
    expect(await chatSync.restoreVaultForDate('yesterday')).toMatchObject({
      ok: false,
      error: { code: 'invalid-date' },
    });
  });

  it('brings everything here, which then costs nothing', async () => {
    const { controller, chatSync } = setUp({ config: { engine: { bulkRecords: 10 } } });
    const other = await controller.secondDevice();
    await other.storage.save(messagesFrom(0, 40));
    await other.sync();
    await chatSync.syncMessages();
    expect(await chatSync.restoreAll()).toMatchObject({ ok: true, report: { incomplete: false } });
    expect(await chatSync.inventory()).toMatchObject({
      ok: true,
      report: {
        months: [
          { month: '2025-02', messagesHere: 9, complete: true },
          { month: '2025-01', messagesHere: 31, complete: true },
        ],
      },
    });
    expect(await chatSync.restoreAll()).toMatchObject({ ok: true, report: { requests: 0 } });
  });

  it('learns nothing about the cloud from a month that is all here', async () => {
    const { controller, chatSync } = setUp({ config: { engine: { bulkRecords: 10 } } });
    const other = await controller.secondDevice();
    await other.storage.save(messagesFrom(0, 40));
    await other.sync();
    await chatSync.syncMessages();
    const restore = () => chatSync.restoreVaultForDate('2025-01-15');
    expect(await restore()).toMatchObject({ ok: true });

    controller.failNext('any', 'unauthorized', 100);
    await chatSync.syncMessages();
    expect(await restore()).toMatchObject({ ok: true, report: { requests: 0 } });
    expect(chatSync.status().state).toBe('auth-error');

    controller.heal();
    for (const { path } of controller.cloud.files()) controller.cloud.drop(path);
    await chatSync.syncMessages();
    expect(await restore()).toMatchObject({ ok: true, report: { requests: 0 } });
    expect(chatSync.providers()).toMatchObject([
      {
        status: { state: 'sync-error', error: { code: 'vault-emptied' } },
        warnings: [{ code: 'vault-emptied' }],
      },
    ]);
  });

  it('does not show a look at what is known as a sync', async () => {
    const { controller, chatSync } = setUp();
    await controller.settle();
    const looking = chatSync.inventory();
    await Promise.resolve();
    expect(chatSync.isSyncing()).toBe(false);
    expect(await looking).toMatchObject({ ok: true });
    expect(chatSync.isSyncing()).toBe(false);
  });

  it('shows that this device is full, until a write succeeds again', async () => {
    const { controller, chatSync, history } = setUp();
    await controller.settle();
    const storage = await controller.storage();
    const { save } = storage;
    storage.save = () => Promise.reject(new StorageError('storage-full', 'no room'));
    await expect(history.save(messageAt(0))).rejects.toMatchObject({ code: 'storage-full' });
    expect(chatSync.status().state).toBe('storage-full');
    storage.save = save;
    await history.save(messageAt(0));
    expect(chatSync.status().state).toBe('idle');
  });
});
