import { type ClearedConversation, type StampedMessage, type Stamp } from '@chat-vault/core';
import { type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb';
import { type Coverage, type MessagePosition } from '../port/coverage.js';
import { type JournalPosition, type Marks } from './journal.js';
import { type PageRow } from './page-row.js';

/** `[conversationUrn, sentTimestamp, id]`: not greater than the key of any record of the page. */
export type PageKey = [string, string, string];

/** A clearing in its conversation's row. */
export interface ClearedEntry {
  readonly record: ClearedConversation;
  readonly seq: number;
  readonly marks: Marks;
}

/** What is known of a conversation as a whole; changes in the transaction that changes its records. */
export interface ConversationRow {
  readonly urn: string;
  /** Messages, tombstones and reactions in pages. */
  records: number;
  /** Messages by UTC month. */
  months: Record<string, number>;
  /** The newest message, expired or not. */
  lastMessage?: StampedMessage;
  /** `sentTimestamp` of the newest message in any catalog, `''` when in none. */
  catalogLast: string;
  /** The read marker; absent until the conversation has a message, here or in a catalog. */
  read?: MessagePosition;
  unread: number;
  /** The earliest `expiresAt` of the messages counted in `unread`: from then on they are counted again. */
  unreadExpiresAt?: string;
  cleared: readonly ClearedEntry[];
  /** Like `PageRow.pending`, over `cleared`. */
  pending?: number;
}

/** The one row of `meta`: read and written by every transaction that writes records. */
export interface MetaRow {
  readonly deviceId: string;
  lastStamp?: Stamp;
  /** The newest journal sequence. */
  seq: number;
  /** Transactions that wrote pages or conversations. */
  writes: number;
  /** By provider id; a provider is known when it is in here. */
  readonly providers: Map<string, JournalPosition>;
}

/** `[provider, kind, name]`; only documents and cached files have a name. */
export type SyncKey = [string, 'applied' | 'sealed' | 'document' | 'file', string];

/** `[provider, partition, conversationUrn]`. */
export type CoverageKey = [string, string, string];

/** `[table, id]`. */
export type RowKey = [string, string];

/** The stores of the database. */
export interface ChatSchema extends DBSchema {
  pages: { key: PageKey; value: PageRow; indexes: { pending: number } };
  conversations: { key: string; value: ConversationRow; indexes: { pending: number } };
  sync: { key: SyncKey; value: unknown };
  coverage: { key: CoverageKey; value: Coverage };
  meta: { key: 'meta'; value: MetaRow };
  rows: { key: RowKey; value: unknown };
}

/** The open database. */
export type ChatDatabase = IDBPDatabase<ChatSchema>;
/** Name of a store. */
export type StoreNames = (typeof STORES)[number];
/** A transaction that reads; like all here over every store. */
export type ReadTransaction = IDBPTransaction<ChatSchema, StoreNames[], 'readonly'>;
/** A transaction that writes; those of several tabs run one after the other. */
export type WriteTransaction = IDBPTransaction<ChatSchema, StoreNames[], 'readwrite'>;
/** The transaction of an upgrade. */
export type UpgradeTransaction = IDBPTransaction<ChatSchema, StoreNames[], 'versionchange'>;
/** What only reads takes either kind of transaction. */
export type AnyTransaction = Pick<ReadTransaction, 'objectStore'> | WriteTransaction;

/** The stores, which every transaction is over. */
export const STORES = ['pages', 'conversations', 'sync', 'coverage', 'meta', 'rows'] as const;

/** Takes the database from one schema version to the next, within the transaction of the upgrade. */
export type SchemaStep = (
  database: ChatDatabase,
  transaction: UpgradeTransaction,
  deviceId: string,
) => void;

/**
 * Step `n` takes the schema from version `n` to `n + 1`. The browser commits all steps of an upgrade with the new version
 * number or none, so an upgrade that was cut off runs again from where it began.
 */
export const SCHEMA_STEPS: readonly SchemaStep[] = [
  (database, transaction, deviceId) => {
    database.createObjectStore('pages').createIndex('pending', 'pending');
    database
      .createObjectStore('conversations', { keyPath: 'urn' })
      .createIndex('pending', 'pending');
    database.createObjectStore('sync');
    database.createObjectStore('coverage');
    database.createObjectStore('meta');
    const meta = { deviceId, seq: 0, writes: 0, providers: new Map() };
    // When it fails the upgrade fails, which is where it is handled.
    transaction
      .objectStore('meta')
      .put(meta, 'meta')
      .catch(() => undefined);
  },
  (database) => {
    database.createObjectStore('rows');
  },
];
