import {
  type ChatMessage,
  type MessageRef,
  type Reaction,
  type StampedMessage,
  type VaultContent,
} from '@chat-vault/core';
import { type Observable } from 'rxjs';
import {
  type Coverage,
  type CoverageChange,
  type CoverageEntry,
  type MessagePosition,
} from './coverage.js';
import { type Row, type RowWork } from './rows.js';
import { type SyncState } from './sync-state.js';

/** One line of a conversation list. */
export interface ConversationSummary {
  readonly conversationUrn: string;
  /** `sentTimestamp` of the newest message known, here or (from a catalog) only in the cloud. */
  readonly lastActivityAt: string;
  /** The newest shown message that is on this device. */
  readonly lastMessage?: StampedMessage;
  /** Messages above the read marker that are not by one of `ownSenderIds`. */
  readonly unreadCount: number;
  /** Messages on this device. */
  readonly messageCount: number;
}

/** A page of local history, newest first. */
export interface HistorySlice {
  readonly messages: readonly StampedMessage[];
  /** Reactions (not taken back) to the messages of the page. */
  readonly reactions: readonly Reaction[];
  /** Whether older local messages exist. */
  readonly hasMore: boolean;
}

/** That something was committed, here or in another tab. */
export interface StorageChange {
  /** Conversations whose messages, reactions or summary changed; empty when only sync state did. */
  readonly conversationUrns: readonly string[];
  /** A person's own write, a merge from a cloud, or bookkeeping (read markers, sync state). */
  readonly kind: 'local-write' | 'merge' | 'bookkeeping';
  /** Whether another tab or worker made the change. */
  readonly fromOtherContext: boolean;
  /** Tables of which rows changed, when there are any. */
  readonly tables?: readonly string[];
}

/** What a merge changed; all zero when the store already held the outcome. */
export interface ApplyResult {
  readonly messagesNew: number;
  readonly messagesUpdated: number;
  readonly messagesDeleted: number;
  readonly reactionsChanged: number;
}

/** Where merged content came from, and what is to be committed with it. */
export interface ApplySource {
  /**
   * The cloud that it came from, which needs not be sent it. Without one it came from people: every cloud is sent it, a conversation that is
   * seen for the first time is unread, and `applied`, `coverage` and `documents` are left out, since they are kept for a cloud.
   */
  readonly provider?: string;
  /** Ids to add to `SyncState.applied`. */
  readonly applied?: readonly string[];
  readonly coverage?: readonly CoverageChange[];
  /** Conversations that exist in the cloud, so the list is complete before their messages are here. */
  readonly conversations?: readonly { readonly urn: string; readonly last: string }[];
  /** Merged into `SyncState.documents`. */
  readonly documents?: Readonly<Record<string, unknown>>;
  /** How far the person has read elsewhere: moves the read markers of conversations that are here, never back. */
  readonly reads?: readonly { readonly conversationUrn: string; readonly upTo: string }[];
  readonly rows?: RowWork;
}

/** Changes that a provider does not have yet. */
export interface PendingChanges {
  readonly content: VaultContent;
  /** Journal sequence to confirm once `content` is in the cloud. */
  readonly through: number;
  /** Number of records in `content`. */
  readonly records: number;
  /** Whether more is pending behind `through`. */
  readonly more: boolean;
}

/** How much a provider lacks. */
export interface PendingSummary {
  readonly records: number;
  /** Months that the pending records belong to, ascending; clearings belong to none. */
  readonly partitions: readonly string[];
  /** Whether a clearing is pending. */
  readonly hasClearings: boolean;
  /** The newest journal sequence. */
  readonly through: number;
}

/**
 * The messages of one account on this device, with the journal of what each cloud still lacks.
 *
 * Guarantees (each a test of `chatStorageConformance`):
 * - Atomic: the records, journal entries, stamps, coverage, sync state and rows of one call commit together or not at all.
 * - Durable: a person's own writes resolve when the browser says that they are on disk.
 * - Merging (`apply`) is by the rule of the format: any order, any number of times, same outcome.
 * - `changes$` emits after commit, once per call that changed something, also for changes made in other tabs.
 * - Arguments are never mutated; results never alias the store.
 *
 * @throws StorageError `storage-full`, `storage-closed`, `upgrade-blocked`, `invalid-message`
 */
export interface ChatStorage {
  /** 16 hex digits, made when the database was made; part of every stamp made here. */
  readonly deviceId: string;

  /** Adds messages, or new versions of them; `senderId` and `expiresAt` of an existing one may not change. */
  save(messages: ChatMessage | readonly ChatMessage[], rows?: RowWork): Promise<void>;
  /** Deletes messages, also such that are not on this device. */
  delete(messages: MessageRef | readonly MessageRef[], rows?: RowWork): Promise<void>;
  /** Sets one person's reaction, or takes it back with `null`. */
  react(message: MessageRef, senderId: string, emoji: string | null, rows?: RowWork): Promise<void>;
  /** Removes all messages sent at or before `upTo` (default: now). */
  clearConversation(conversationUrn: string, upTo?: string): Promise<void>;
  /** Moves the read marker of this device (not synced) to the newest message, or to `upTo`; never back. */
  markRead(conversationUrn: string, upTo?: string, rows?: RowWork): Promise<void>;

  get(message: MessageRef): Promise<StampedMessage | undefined>;
  /** Newest first, local records only; paging without gaps is the engine's `loadOlder`. */
  history(query: {
    readonly conversationUrn: string;
    readonly before?: MessagePosition;
    readonly limit: number;
  }): Promise<HistorySlice>;
  /** Newest activity first. */
  conversations(): Promise<readonly ConversationSummary[]>;
  /** Messages on this device by month, ascending. */
  months(): Promise<readonly { readonly month: string; readonly messageCount: number }[]>;
  readonly changes$: Observable<StorageChange>;

  // For what is kept beside the records

  /** Writes rows alone. */
  writeRows(work: RowWork): Promise<void>;
  /** The value of one row; `undefined` when there is none. */
  row(table: string, id: string): Promise<unknown>;
  /** The rows of a table in the order of their ids: those after an id, and at most so many, when given. */
  rows(
    table: string,
    range?: { readonly after?: string; readonly limit?: number },
  ): Promise<readonly Row[]>;
  /** How many rows a table has. */
  rowCount(table: string): Promise<number>;

  // For engines

  /** Whether this provider has state here (it was connected before). */
  providers(): Promise<readonly string[]>;
  /** The oldest changes that the provider lacks, at least one record when there is one. `bytes` bounds the JSON size. */
  pendingFor(
    provider: string,
    limit: { readonly records: number; readonly bytes: number },
  ): Promise<PendingChanges>;
  pendingSummary(provider: string): Promise<PendingSummary>;
  /** Puts every record of the store into the journal for this provider, in one transaction. */
  journalAll(provider: string): Promise<void>;
  /** The provider has everything up to `through`: sets `confirmed`, clears `sealed`, adds to `applied`. */
  confirm(
    provider: string,
    through: number,
    applied: readonly string[],
    documents?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  /** Merges content by last write wins, with all that `source` says, in one transaction. */
  apply(content: VaultContent, source: ApplySource): Promise<ApplyResult>;
  /** The exact entry of a conversation, or of all (`'*'`, the default); nothing covered when there is none. */
  coverage(provider: string, partition: string, conversationUrn?: string): Promise<Coverage>;
  /** All entries of a provider, of one month when given. */
  coverageEntries(provider: string, partition?: string): Promise<readonly CoverageEntry[]>;
  syncState(provider: string): Promise<SyncState>;
  /** One document of `SyncState.documents`, also one that `syncState` leaves out; `undefined` when there is none. */
  document(provider: string, name: string): Promise<unknown>;
  /** Replaces the named parts; `documents` is merged by name. */
  updateSyncState(provider: string, patch: Partial<SyncState>): Promise<void>;
  /**
   * Forgets a provider: its state, its coverage, its place in the journal. Records stay. So do the documents named by `keep`; when there
   * are any, the provider stays known, as one that has nothing.
   */
  forgetProvider(provider: string, options?: { readonly keep?: readonly string[] }): Promise<void>;
  /** Everything here as the format stores it, in the order of the keys, in bounded pieces; of one month when given (without clearings then). */
  exportAll(options?: { readonly partition?: string }): AsyncIterable<VaultContent>;
  /** How many records the store holds (messages, tombstones, reactions, clearings), for deciding how to export. */
  recordCount(): Promise<number>;
  close(): Promise<void>;
  /** Closes and deletes the database. */
  destroy(): Promise<void>;
}
