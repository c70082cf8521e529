import { Component, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from 'vitest';
import {
  ChatSyncTestingController,
  type ChatSyncTestingOptions,
  provideChatSyncTesting,
} from '../../testing/src/index';
import { ChatSyncService } from '../sync/chat-sync-service';
import { idsOf, messageAt, messagesFrom } from '../test-messages';
import { ChatHistory } from './chat-history';
import {
  type ConversationParams,
  type ConversationRef,
  injectConversation,
} from './inject-conversation';
import { injectConversations } from './inject-conversations';

const FIRST = 'urn:chat:1';
/** Small segments, and months that are vaults at once, so that little history is many files. */
const SMALL = { engine: { bulkRecords: 10, segmentBytes: 500, initialMessages: 5 } };

const setUp = (options: ChatSyncTestingOptions = {}) => {
  TestBed.configureTestingModule({ providers: [provideChatSyncTesting(options)] });
  const params = signal<ConversationParams | undefined>({ conversationUrn: FIRST, pageSize: 10 });
  const create = () => ({ conversation: injectConversation(params), list: injectConversations() });
  return {
    controller: TestBed.inject(ChatSyncTestingController),
    chatSync: TestBed.inject(ChatSyncService),
    history: TestBed.inject(ChatHistory),
    params,
    ...TestBed.runInInjectionContext(create),
  };
};

/** A cloud with so many days of history, written by another device. */
const withHistoryInCloud = async (controller: ChatSyncTestingController, count: number) => {
  const other = await controller.secondDevice();
  await other.storage.save(messagesFrom(0, count));
  await other.sync();
  return other;
};

const newest = (count: number, of: number): readonly string[] =>
  idsOf(messagesFrom(of - count, count)).toReversed();

/** Loads page after page, at most a hundred. */
const scrollUpWhile = async (conversation: ConversationRef, isWanted: () => boolean) => {
  for (let pages = 0; isWanted(); pages += 1) {
    expect(pages).toBeLessThan(100);
    await conversation.loadOlder();
  }
};

describe('injectConversation', () => {
  it('shows what is on this device, then every older page down to the first message', async () => {
    const { controller, history, conversation } = setUp({ isConnected: false });
    await history.save(messagesFrom(0, 25));
    await controller.settle();
    expect(idsOf(conversation.messages())).toEqual(newest(10, 25));
    expect(conversation.hasOlder()).toBe(true);
    await conversation.loadOlder();
    expect(idsOf(conversation.messages())).toEqual(newest(20, 25));
    await conversation.loadOlder();
    expect(idsOf(conversation.messages())).toEqual(newest(25, 25));
    expect(conversation.hasOlder()).toBe(false);
  });

  it('fetches older months of the cloud as they are scrolled to, and no more', async () => {
    const { controller, chatSync, conversation } = setUp({ config: SMALL });
    await withHistoryInCloud(controller, 400);
    await chatSync.syncMessages();
    await controller.settle();
    expect(idsOf(conversation.messages())).toEqual(newest(10, 400));
    const storage = await controller.storage();
    const here = async () => (await storage.conversations())[0]?.messageCount ?? 0;
    expect(await here()).toBeLessThan(60);
    for (let shown = 20; shown <= 200; shown += 10) {
      await conversation.loadOlder();
      expect(idsOf(conversation.messages())).toEqual(newest(shown, 400));
    }
    expect(await here()).toBeLessThan(260);
    await scrollUpWhile(conversation, () => conversation.hasOlder());
    expect(idsOf(conversation.messages())).toEqual(newest(400, 400));
    expect(conversation.error()).toBeNull();
  });

  it('leaves no gap between what a new device wrote and what the cloud holds', async () => {
    const { controller, chatSync, history, conversation } = setUp({
      config: SMALL,
      isConnected: false,
    });
    await history.save([messageAt(0), messageAt(399)]);
    await controller.settle();
    expect(idsOf(conversation.messages())).toEqual(['m0399', 'm0000']);
    await withHistoryInCloud(controller, 399);
    await chatSync.connect('memory');
    await chatSync.syncMessages();
    await controller.settle();
    expect(idsOf(conversation.messages())).toEqual(newest(10, 400));
    expect(conversation.hasOlder()).toBe(true);
  });

  it('follows writes, edits, reactions and deletions, and keeps unchanged messages', async () => {
    const { controller, history, conversation } = setUp();
    await history.save(messagesFrom(0, 3));
    await controller.settle();
    const [, middle, oldest] = conversation.messages();
    await history.save({ ...messageAt(2), payloadBytes: new Uint8Array([1]) });
    await history.react(messageAt(1), 'bob', '👍');
    await controller.settle();
    expect([...(conversation.messages()[0]?.payloadBytes ?? [])]).toEqual([1]);
    expect(conversation.messages()[1]).toBe(middle);
    expect(conversation.messages()[2]).toBe(oldest);
    expect(conversation.reactions()).toMatchObject([{ messageId: 'm0001', emoji: '👍' }]);
    await history.delete(messageAt(2));
    await history.save(messageAt(7));
    await controller.settle();
    expect(idsOf(conversation.messages())).toEqual(['m0007', 'm0001', 'm0000']);
    await history.clearConversation(FIRST, messageAt(5).sentTimestamp);
    await controller.settle();
    expect(idsOf(conversation.messages())).toEqual(['m0007']);
  });

  it('keeps the window when older messages arrive below it', async () => {
    const { controller, history, conversation } = setUp();
    await history.save(messagesFrom(100, 10));
    await controller.settle();
    expect(conversation.hasOlder()).toBe(false);
    await history.save(messagesFrom(0, 50));
    await controller.settle();
    expect(idsOf(conversation.messages())).toEqual(newest(10, 110));
    expect(conversation.hasOlder()).toBe(true);
    await conversation.loadOlder();
    expect(conversation.messages()).toHaveLength(20);
  });

  it('shows another conversation, or none, when the parameters change', async () => {
    const { controller, history, params, conversation } = setUp();
    await history.save([...messagesFrom(0, 2), messageAt(0, 'urn:chat:2')]);
    await controller.settle();
    params.set({ conversationUrn: 'urn:chat:2' });
    expect(conversation.messages()).toEqual([]);
    expect(conversation.isLoading()).toBe(true);
    await controller.settle();
    expect(conversation.messages()).toMatchObject([{ conversationUrn: 'urn:chat:2' }]);
    params.set(undefined);
    await controller.settle();
    expect(conversation.messages()).toEqual([]);
    expect(conversation.isLoading()).toBe(false);
    await conversation.loadOlder();
    params.set({ conversationUrn: FIRST });
    await controller.settle();
    expect(conversation.messages()).toHaveLength(2);
  });

  it('never shows a loading state again for the same conversation', async () => {
    const { controller, history, params, conversation } = setUp();
    await history.save(messagesFrom(0, 2));
    await controller.settle();
    params.set({ conversationUrn: FIRST, pageSize: 20 });
    expect(conversation.isLoading()).toBe(false);
    expect(conversation.messages()).toHaveLength(2);
    await history.save(messageAt(3));
    expect(conversation.isLoading()).toBe(false);
  });

  it('shows local history with the reason when the cloud fails, and the rest once it can', async () => {
    const { controller, chatSync, history, conversation } = setUp({ config: SMALL });
    await withHistoryInCloud(controller, 100);
    await chatSync.syncMessages();
    await controller.settle();
    await history.save(messageAt(3));
    controller.failNext('any', 'offline', 10_000);
    await scrollUpWhile(conversation, () => !conversation.error());
    expect(conversation.error()).toMatchObject({ code: 'offline' });
    expect(conversation.hasOlder()).toBe(true);
    expect(conversation.isLoading()).toBe(false);
    expect(chatSync.status().state).toBe('connection-error');
    controller.heal();
    await chatSync.syncMessages();
    await controller.settle();
    expect(conversation.error()).toBeNull();
    await scrollUpWhile(conversation, () => conversation.hasOlder());
    expect(idsOf(conversation.messages())).toEqual(newest(100, 100));
  });

  it('ends with its component', async () => {
    const { controller, history } = setUp();
    @Component({ template: `{{ conversation.messages().length }}` })
    class Thread {
      readonly conversation = injectConversation(() => ({ conversationUrn: FIRST }));
    }
    await history.save(messageAt(0));
    const fixture = TestBed.createComponent(Thread);
    await controller.settle();
    expect(fixture.nativeElement.textContent).toBe('1');
    const { conversation } = fixture.componentInstance;
    fixture.destroy();
    await history.save(messageAt(1));
    await controller.settle();
    expect(conversation.messages()).toHaveLength(1);
  });
});

describe('injectConversations', () => {
  it('lists the newest activity first, and what is only in the cloud so far', async () => {
    const { controller, chatSync, history, list } = setUp({ config: SMALL });
    expect(list.isLoading()).toBe(true);
    const other = await withHistoryInCloud(controller, 20);
    await other.storage.save(
      messagesFrom(0, 1).map((message) => ({ ...message, conversationUrn: 'urn:old' })),
    );
    await other.sync();
    await chatSync.syncMessages();
    await history.save(messageAt(300, 'urn:chat:2'));
    await controller.settle();
    expect(list.isLoading()).toBe(false);
    expect(list.error()).toBeNull();
    const urns = list.conversations().map(({ conversationUrn }) => conversationUrn);
    expect(urns).toEqual(['urn:chat:2', FIRST, 'urn:old']);
  });
});
