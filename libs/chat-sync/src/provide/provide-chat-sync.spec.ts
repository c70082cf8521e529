import { TestBed } from '@angular/core/testing';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { describe, expect, it } from 'vitest';
import { ChatSyncService } from '../sync/chat-sync-service';
import { provideChatSync } from './provide-chat-sync';
import { withAutoSync } from './with-auto-sync';
import { withChatStorage } from './with-chat-storage';
import { withIdbStorage } from './with-idb-storage';
import { withMemoryCloud } from './with-memory-cloud';
import { withWebDav } from './with-web-dav';

const noStorage = withChatStorage(() => new Promise<ChatStorage>(() => undefined));

describe('provideChatSync', () => {
  it('refuses two features of a kind, naming both', () => {
    expect(() => provideChatSync({}, withIdbStorage(), noStorage)).toThrowError(
      'provideChatSync: withIdbStorage() and withChatStorage() exclude each other; keep one',
    );
    expect(() => provideChatSync({}, noStorage, withAutoSync(), withAutoSync())).toThrowError(
      'withAutoSync() is given twice',
    );
  });

  it('refuses to go without a storage', () => {
    expect(() => provideChatSync({}, withMemoryCloud())).toThrowError('no storage is given');
  });

  it('refuses two clouds of one id', () => {
    const providers = [provideChatSync({}, noStorage, withMemoryCloud(), withMemoryCloud())];
    TestBed.configureTestingModule({ providers });
    expect(() => TestBed.inject(ChatSyncService)).toThrowError(
      'two clouds have the provider id "memory"',
    );
  });

  it('offers every cloud, in order, connected or not', () => {
    const providers = [
      provideChatSync(
        {},
        noStorage,
        withMemoryCloud(),
        withMemoryCloud({ providerId: 'second', displayName: 'Second' }),
        withWebDav(() => undefined),
      ),
    ];
    TestBed.configureTestingModule({ providers });
    expect(TestBed.inject(ChatSyncService).providers()).toMatchObject([
      { providerId: 'memory', displayName: 'Memory', isConfigured: true, isConnected: false },
      { providerId: 'second', displayName: 'Second', isConfigured: true, isConnected: false },
      { providerId: 'webdav', displayName: 'WebDAV', isConfigured: false, isConnected: false },
    ]);
  });
});
