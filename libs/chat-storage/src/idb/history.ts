import { type MessageRef, type Reaction, type StampedMessage } from '@chat-vault/core';
import { type HistorySlice } from '../port/chat-storage.js';
import { type MessagePosition } from '../port/coverage.js';
import { isExpired, pagesBackward } from './conversation-reads.js';
import { lowerIndex } from './page.js';
import { isMessage, isReaction, type PageRecord } from './page-record.js';
import { rowToPage } from './page-row.js';
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
  for await (const records of pagesBackward(transaction, query.conversationUrn, query.before)) {
    for (let index = records.length - 1; index >= 0; index--) {
      const record = records[index] as PageRecord;
      if (!isMessage(record) || isExpired(record, at)) continue;
      if (messages.length >= query.limit) return { messages, reactions, hasMore: true };
      messages.push(record);
      // A message and its reactions are in one page, the reactions after it.
      for (let next = index + 1; next < records.length; next++) {
        const reaction = records[next] as PageRecord;
        if (!isReaction(reaction) || !belongsTo(reaction, record)) break;
        if (reaction.emoji !== null) reactions.push(reaction);
      }
    }
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
  const { records } = cursor ? rowToPage(cursor.value) : { records: [] };
  const record = records[lowerIndex(records, key)];
  if (!record || !isMessage(record)) return undefined;
  if (record.id !== id || record.sentTimestamp !== sentTimestamp) return undefined;
  return isExpired(record, at) ? undefined : record;
}

const belongsTo = (reaction: Reaction, message: StampedMessage): boolean =>
  reaction.messageId === message.id && reaction.sentTimestamp === message.sentTimestamp;
