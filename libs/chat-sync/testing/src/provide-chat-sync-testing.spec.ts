import { TestBed } from '@angular/core/testing';
import {
  ChatHistory,
  ChatSyncService,
  injectConversation,
  injectConversations,
} from '@chat-vault/chat-sync';
import { describe, expect, it } from 'vitest';
import { idsOf, messageAt, messagesFrom } from '../../src/test-messages';
import { ChatSyncTestingController, provideChatSyncTesting } from './index';

const setUp = () => {
  TestBed.configureTestingModule({ providers: [provideChatSyncTesting({ seed: 7 })] });
  return {
    controller: TestBed.inject(ChatSyncTestingController),
    chatSync: TestBed.inject(ChatSyncService),
    history: TestBed.inject(ChatHistory),
  };
};

describe('provideChatSyncTesting', () => {
  it('connects a cloud in memory', async () => {
    const { controller, chatSync } = setUp();
    await controller.settle();
    expect(chatSync.providers()).toMatchObject([
      { providerId: 'memory', isConnected: true, isConnecting: false, lastSyncedAt: null },
    ]);
    expect(chatSync.status().state).toBe('idle');
  });

  it('carries messages between two devices', async () => {
    const { controller, chatSync, history } = setUp();
    const other = await controller.secondDevice();
    await other.storage.save(messagesFrom(0, 3));
    await other.sync();
    await history.save(messageAt(10));
    const result = await chatSync.syncMessages();
    expect(result).toMatchObject({ ok: true, report: { messagesNew: 3, recordsUploaded: 1 } });
    await other.sync();
    const slice = await other.storage.history({ conversationUrn: 'urn:chat:1', limit: 10 });
    expect(idsOf(slice.messages)).toEqual(['m0010', 'm0002', 'm0001', 'm0000']);
  });

  it('shows conversations and their messages live', async () => {
    const { controller, chatSync, history } = setUp();
    const { conversation, list } = TestBed.runInInjectionContext(() => ({
      conversation: injectConversation(() => ({ conversationUrn: 'urn:chat:1' })),
      list: injectConversations(),
    }));
    expect(conversation.isLoading()).toBe(true);
    await controller.settle();
    expect(conversation.isLoading()).toBe(false);
    expect(conversation.messages()).toEqual([]);
    await history.save(messagesFrom(0, 2));
    await controller.settle();
    expect(idsOf(conversation.messages())).toEqual(['m0001', 'm0000']);
    expect(list.conversations()).toMatchObject([
      { conversationUrn: 'urn:chat:1', messageCount: 2 },
    ]);
    expect(chatSync.pendingChanges()).toBe(2);
  });
});
