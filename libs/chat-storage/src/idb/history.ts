import { isMessage, isReaction } from './page-record.js';
import { type MessageRef, type Reaction, type StampedMessage } from '@chat-vault/core';
import { type HistorySlice } from '../port/chat-storage.js';
import { type MessagePosition } from '../port/coverage.js';
import { isExpired, recordsBackward } from './conversation-reads.js';
import { lowerIndex } from './page.js';
import { type AnyTransaction, type PageKey } from './schema.js';

/** A page of history, newest first; `at` (ISO-8601 UTC) decides what has expired. */
export async function readHistory(
  transaction: AnyTransaction,
  query: {
    readonly conversationUrn: string;
    readonly before?: MessagePosition;
    readonly limit: number;
  },
  at: string,
): Promise<HistorySlice> {
  const messages: StampedMessage[] = [];
  const reactions: Reaction[] = [];
  let ofNext: Reaction[] = [];
  for await (const record of recordsBackward(transaction, query.conversationUrn, query.before)) {
    if (isReaction(record)) {
      if (record.emoji !== null) ofNext.push(record);
      continue;
    }
    if (isMessage(record) && !isExpired(record, at)) {
      if (messages.length >= query.limit) return { messages, reactions, hasMore: true };
      messages.push(record);
      reactions.push(...ofNext.filter((reaction) => belongsTo(reaction, record)));
    }
    ofNext = [];
  }
  return { messages, reactions, hasMore: false };
}

/** The message with this key, unless it is not here, deleted or expired. */
export async function readMessage(
  transaction: AnyTransaction,
  { conversationUrn, sentTimestamp, id }: MessageRef,
  at: string,
): Promise<StampedMessage | undefined> {
  const key: PageKey = [conversationUrn, sentTimestamp, id];
  const range = IDBKeyRange.bound([conversationUrn], key);
  const cursor = await transaction.objectStore('pages').openCursor(range, 'prev');
  const records = cursor?.value.records ?? [];
  const record = records[lowerIndex(records, key)];
  if (!record || !isMessage(record)) return undefined;
  if (record.id !== id || record.sentTimestamp !== sentTimestamp) return undefined;
  return isExpired(record, at) ? undefined : record;
}

/** A reaction may be here without its message, so it may not belong to the next message met. */
const belongsTo = (reaction: Reaction, message: StampedMessage): boolean =>
  reaction.messageId === message.id && reaction.sentTimestamp === message.sentTimestamp;
