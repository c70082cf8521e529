import { ApplicationRef, PLATFORM_ID } from '@angular/core';
import { DOCUMENT } from '@angular/common';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from 'vitest';
import { ChatHistory } from '../history/chat-history';
import { injectConversation } from '../history/inject-conversation';
import { injectConversations } from '../history/inject-conversations';
import { BackgroundWork } from '../page/background-work';
import { CHAT_SYNC_CLOCK } from '../page/chat-sync-clock';
import { ChatSyncService } from '../sync/chat-sync-service';
import { provideChatSync } from './provide-chat-sync';
import { withAutoSync } from './with-auto-sync';
import { withChatStorage } from './with-chat-storage';
import { withCloud } from './with-cloud';

const refuse = (what: string) => (): never => {
  throw new Error(`${what} was used on the server`);
};

const setUp = () => {
  TestBed.configureTestingModule({
    providers: [
      { provide: PLATFORM_ID, useValue: 'server' },
      {
        provide: DOCUMENT,
        useFactory: () =>
          new Proxy(document, {
            get: (target, name) => {
              if (name === 'defaultView') return refuse('the window')();
              const value: unknown = Reflect.get(target, name, target);
              return typeof value === 'function' ? value.bind(target) : value;
            },
          }),
      },
      {
        provide: CHAT_SYNC_CLOCK,
        useValue: { now: refuse('time'), after: refuse('a timer'), random: refuse('chance') },
      },
      provideChatSync(
        {},
        withChatStorage(refuse('the storage')),
        withCloud(refuse('the cloud')),
        withAutoSync(),
      ),
    ],
  });
  return TestBed.inject(ChatSyncService);
};

describe('on the server', () => {
  it('offers nothing, opens nothing and sets no timer', async () => {
    const chatSync = setUp();
    const { conversation, list } = TestBed.runInInjectionContext(() => ({
      conversation: injectConversation(() => ({ conversationUrn: 'urn:chat:1' })),
      list: injectConversations(),
    }));
    TestBed.tick();
    await TestBed.inject(ApplicationRef).whenStable();
    expect(TestBed.inject(BackgroundWork).isIdle).toBe(true);
    expect(chatSync.providers()).toEqual([]);
    expect(chatSync.status().state).toBe('idle');
    expect(conversation.isLoading()).toBe(true);
    expect(list.isLoading()).toBe(true);
  });

  it('answers every call, and never waits for ever', async () => {
    const chatSync = setUp();
    const refused = { ok: false, error: { code: 'not-in-browser' } };
    expect(await chatSync.connect('memory')).toMatchObject(refused);
    expect(await chatSync.syncMessages()).toMatchObject(refused);
    expect(await chatSync.inventory()).toMatchObject(refused);
    expect(await chatSync.migrate('memory', 'other')).toMatchObject(refused);
    expect(await chatSync.exportVault()).toMatchObject(refused);
    expect(await chatSync.importVault(new Blob([]))).toMatchObject(refused);
    await chatSync.prepareConnect();
    expect(await chatSync.loadOlder({ conversationUrn: 'urn:chat:1', limit: 1 })).toMatchObject({
      messages: [],
      incomplete: true,
      error: { code: 'not-in-browser' },
    });
    await expect(TestBed.inject(ChatHistory).storage()).rejects.toMatchObject({
      code: 'not-in-browser',
    });
  });
});
