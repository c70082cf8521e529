import { TestBed } from '@angular/core/testing';
import { ChatHistory, ChatSyncService } from '@chat-vault/chat-sync';
import { ChatSyncTestingController, provideChatSyncTesting } from '@chat-vault/chat-sync/testing';
import { expect, it } from 'vitest';

const message = {
  id: 'first',
  conversationUrn: 'urn:chat:team',
  senderId: 'urn:person:ann',
  typeId: 'text/plain',
  sentTimestamp: '2025-12-31T10:15:30.123Z',
  payloadBytes: new TextEncoder().encode('Hello'),
};

it('shows on another device what was written here', async () => {
  TestBed.configureTestingModule({ providers: [provideChatSyncTesting({ seed: 7 })] });
  const controller = TestBed.inject(ChatSyncTestingController);
  const other = await controller.secondDevice();

  await TestBed.inject(ChatHistory).save(message);
  await TestBed.inject(ChatSyncService).syncMessages();
  await other.sync();

  expect(await other.storage.get(message)).toMatchObject({ senderId: 'urn:person:ann' });
});

it('asks for a new sign-in', async () => {
  TestBed.configureTestingModule({ providers: [provideChatSyncTesting()] });
  const controller = TestBed.inject(ChatSyncTestingController);
  const chatSync = TestBed.inject(ChatSyncService);
  await controller.settle();

  controller.failNext('any', 'unauthorized', 100);
  await chatSync.syncMessages();
  expect(chatSync.status().state).toBe('auth-error');

  controller.heal();
  await chatSync.syncMessages();
  expect(chatSync.status().state).toBe('idle');
});
