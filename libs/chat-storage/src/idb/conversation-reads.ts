import { type StampedMessage } from '@chat-vault/core';
import { BOTTOM_POSITION, type MessagePosition } from '../port/coverage.js';
import { comparePositions } from './conversation-tally.js';
import { compareToKey } from './page.js';
import { isMessage, type PageRecord } from './page-record.js';
import { type AnyTransaction, type ConversationRow, type PageKey } from './schema.js';

/** Whether a message is past its `expiresAt` at this instant (ISO-8601 UTC). */
export const isExpired = ({ expiresAt }: StampedMessage, at: string): boolean =>
  expiresAt !== undefined && expiresAt <= at;

/**
 * The records of a conversation from its newest (or from those before `before`) to its oldest, a page at a time. A message
 * comes after its reactions.
 */
export async function* recordsBackward(
  transaction: AnyTransaction,
  conversationUrn: string,
  before?: MessagePosition,
): AsyncGenerator<PageRecord> {
  const limit: PageKey | undefined = before && [conversationUrn, before.sentTimestamp, before.id];
  const range = IDBKeyRange.bound([conversationUrn], limit ?? [conversationUrn, []], false, true);
  let cursor = await transaction.objectStore('pages').openCursor(range, 'prev');
  while (cursor) {
    const { records } = cursor.value;
    for (let index = records.length - 1; index >= 0; index--) {
      const record = records[index] as PageRecord;
      if (!limit || compareToKey(record, limit) < 0) yield record;
    }
    cursor = await cursor.continue();
  }
}

/** The newest message of a conversation that has not expired at `at`. */
export async function newestMessage(
  transaction: AnyTransaction,
  conversationUrn: string,
  at?: string,
): Promise<StampedMessage | undefined> {
  for await (const record of recordsBackward(transaction, conversationUrn)) {
    if (isMessage(record) && !(at !== undefined && isExpired(record, at))) return record;
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
  for await (const record of recordsBackward(transaction, row.urn)) {
    if (!isMessage(record)) continue;
    if (comparePositions(record, read) <= 0) break;
    if (isExpired(record, at) || ownSenderIds.has(record.senderId)) continue;
    unread++;
    const { expiresAt } = record;
    if (expiresAt && !(unreadExpiresAt && unreadExpiresAt <= expiresAt))
      unreadExpiresAt = expiresAt;
  }
  return { unread, ...(unreadExpiresAt !== undefined && { unreadExpiresAt }) };
}
