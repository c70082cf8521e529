import { type ChatMessage } from '@chat-vault/core';

/** Unix ms of the first message of `messageAt`. */
export const FIRST_MESSAGE_MS = Date.UTC(2025, 0, 1);

const DAY_MS = 24 * 60 * 60 * 1000;

/** The n-th message of a conversation with one message a day. */
export const messageAt = (index: number, conversationUrn = 'urn:chat:1'): ChatMessage => ({
  id: `m${String(index).padStart(4, '0')}`,
  conversationUrn,
  senderId: 'ada',
  typeId: 'text/plain',
  sentTimestamp: new Date(FIRST_MESSAGE_MS + index * DAY_MS).toISOString(),
  payloadBytes: new TextEncoder().encode(`message ${index}`),
});

/** So many of them, oldest first. */
export const messagesFrom = (first: number, count: number): readonly ChatMessage[] =>
  Array.from({ length: count }, (_, index) => messageAt(first + index));

/** What they say, in their order. */
export const idsOf = (messages: readonly { readonly id: string }[]): readonly string[] =>
  messages.map(({ id }) => id);
