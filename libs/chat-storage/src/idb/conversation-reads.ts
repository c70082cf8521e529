import { type StampedMessage } from '@chat-vault/core';
import { BOTTOM_POSITION, type MessagePosition } from '../port/coverage.js';
import { comparePositions } from './conversation-tally.js';
import { compareToKey, lowerIndex } from './page.js';
import { isMessage, type PageRecord } from './page-record.js';
import { rowToPage } from './page-row.js';
import { type AnyTransaction, type ConversationRow, type PageKey } from './schema.js';

/** Whether a message is past its `expiresAt` at this instant (ISO-8601 UTC). */
export const isExpired = ({ expiresAt }: StampedMessage, at: string): boolean =>
  expiresAt !== undefined && expiresAt <= at;

/** The pages of a conversation from its newest (or from the one before `before`) to its oldest, each in its own order. */
export async function* pagesBackward(
  transaction: AnyTransaction,
  conversationUrn: string,
  before?: MessagePosition,
): AsyncGenerator<readonly PageRecord[]> {
  const limit: PageKey | undefined = before && [conversationUrn, before.sentTimestamp, before.id];
  const range = IDBKeyRange.bound([conversationUrn], limit ?? [conversationUrn, []], false, true);
  let cursor = await transaction.objectStore('pages').openCursor(range, 'prev');
  while (cursor) {
    const { records } = rowToPage(cursor.value);
    yield limit ? records.slice(0, lowerIndex(records, limit)) : records;
    cursor = await cursor.continue();
  }
}

/** The newest message of a conversation that has not expired at `at`. */
export async function newestMessage(
  transaction: AnyTransaction,
  conversationUrn: string,
  at?: string,
): Promise<StampedMessage | undefined> {
  const isShown = (record: PageRecord): record is StampedMessage =>
    isMessage(record) && !(at !== undefined && isExpired(record, at));
  for await (const records of pagesBackward(transaction, conversationUrn)) {
    const newest = records.findLast(isShown);
    if (newest) return newest;
  }
  return undefined;
}

/** Counts again what is above the read marker: after the marker moved, or when a counted message expired. */
export async function countUnread(
  transaction: AnyTransaction,
  row: ConversationRow,
  ownSenderIds: ReadonlySet<string>,
  at: string,
): Promise<{ unread: number; unreadExpiresAt?: string }> {
  const read = row.read ?? BOTTOM_POSITION;
  let unread = 0;
  let unreadExpiresAt: string | undefined;
  for await (const records of pagesBackward(transaction, row.urn)) {
    for (const record of records) {
      if (!isMessage(record) || comparePositions(record, read) <= 0) continue;
      if (isExpired(record, at) || ownSenderIds.has(record.senderId)) continue;
      unread++;
      const { expiresAt } = record;
      if (expiresAt && !(unreadExpiresAt && unreadExpiresAt <= expiresAt)) {
        unreadExpiresAt = expiresAt;
      }
    }
    if (compareToKey(records[0] as PageRecord, [row.urn, read.sentTimestamp, read.id]) <= 0) break;
  }
  return { unread, ...(unreadExpiresAt !== undefined && { unreadExpiresAt }) };
}
