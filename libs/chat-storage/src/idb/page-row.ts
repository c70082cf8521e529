import {
  type MessageTombstone,
  type Reaction,
  type Stamp,
  type StampedMessage,
} from '@chat-vault/core';
import { type Marks } from './journal.js';
import { isMessage, isReaction, messageIdOf, type PageRecord } from './page-record.js';
import { type Page } from './page.js';

/**
 * A page as IndexedDB holds it: by columns, with all payloads in one array of bytes. The browser copies this three times
 * as fast as a list of objects, in two thirds of the bytes (docs/decisions/0021-pages-by-columns.md).
 */
export interface PageRow {
  readonly conversationUrn: string;
  readonly sent: readonly string[];
  readonly ids: readonly string[];
  readonly stamps: readonly Stamp[];
  /** Who sent the message or the reaction; `''` for a tombstone. */
  readonly senders: readonly string[];
  /** `typeId` of messages, `''` for all else. */
  readonly types: readonly string[];
  readonly payloads: Uint8Array<ArrayBuffer>;
  /** Where the payload of each record ends. */
  readonly ends: readonly number[];
  /** By index, the fields that only some records have. */
  readonly rest: Readonly<Record<number, RestFields>>;
  readonly seqs: readonly number[];
  readonly marks: readonly Marks[];
  /** The newest sequence here that a connected provider may lack; absent when none does. */
  readonly pending?: number;
}

/** What is not a column: `emoji` tells a reaction, `deletedAt` a tombstone. */
type RestFields = Partial<
  Pick<StampedMessage, 'tags' | 'expiresAt' | 'extra'> &
    Pick<Reaction, 'emoji'> &
    Pick<MessageTombstone, 'deletedAt'>
>;

/** The row of a page that is not empty. */
export function pageToRow({ records, seqs, marks }: Page, pending: number | undefined): PageRow {
  const sent: string[] = [];
  const ids: string[] = [];
  const stamps: Stamp[] = [];
  const senders: string[] = [];
  const types: string[] = [];
  const ends: number[] = [];
  const rest: Record<number, RestFields> = {};
  let length = 0;
  for (const record of records) {
    sent.push(record.sentTimestamp);
    ids.push(messageIdOf(record));
    stamps.push(record.stamp);
    senders.push('senderId' in record ? record.senderId : '');
    types.push(isMessage(record) ? record.typeId : '');
    const fields = restOf(record);
    if (fields) rest[ends.length] = fields;
    length += isMessage(record) ? record.payloadBytes.length : 0;
    ends.push(length);
  }
  const payloads = new Uint8Array(length);
  for (const [index, record] of records.entries())
    if (isMessage(record)) payloads.set(record.payloadBytes, ends[index - 1] ?? 0);
  const { conversationUrn } = records[0] as PageRecord;
  const columns = { sent, ids, stamps, senders, types, payloads, ends, rest, seqs, marks };
  return { conversationUrn, ...columns, ...(pending !== undefined && { pending }) };
}

/** The page in a row. Payloads are copies, so that what an app does with one reaches no other. */
export const rowToPage = (row: PageRow): Page => ({
  records: row.ids.map((_, index) => recordAt(row, index)),
  seqs: row.seqs,
  marks: row.marks,
});

function recordAt(row: PageRow, index: number): PageRecord {
  const { conversationUrn } = row;
  const sentTimestamp = row.sent[index] as string;
  const id = row.ids[index] as string;
  const stamp = row.stamps[index] as Stamp;
  const senderId = row.senders[index] as string;
  const rest = row.rest[index];
  if (rest && 'deletedAt' in rest) {
    return { conversationUrn, sentTimestamp, messageId: id, stamp, ...rest } as MessageTombstone;
  }
  if (rest && 'emoji' in rest) {
    return { conversationUrn, sentTimestamp, messageId: id, senderId, stamp, ...rest } as Reaction;
  }
  const payloadBytes = row.payloads.slice(row.ends[index - 1] ?? 0, row.ends[index]);
  const typeId = row.types[index] as string;
  const message = { conversationUrn, sentTimestamp, id, senderId, typeId, payloadBytes, stamp };
  return rest ? { ...message, ...rest } : message;
}

function restOf(record: PageRecord): RestFields | undefined {
  const extra = record.extra && { extra: record.extra };
  if (isReaction(record)) return { emoji: record.emoji, ...extra };
  if (!isMessage(record)) return { deletedAt: record.deletedAt, ...extra };
  const { tags, expiresAt } = record;
  if (!tags && !expiresAt && !extra) return undefined;
  return { ...(tags && { tags }), ...(expiresAt && { expiresAt }), ...extra };
}
