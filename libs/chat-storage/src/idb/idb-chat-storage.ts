import {
  EMPTY_CONTENT,
  type MessageRef,
  type MessageTombstone,
  type StampedMessage,
  type VaultContent,
  type ChatMessage,
} from '@chat-vault/core';
import { type Observable } from 'rxjs';
import {
  type ApplyResult,
  type ApplySource,
  type ChatStorage,
  type ConversationSummary,
  type HistorySlice,
  type PendingChanges,
  type PendingSummary,
  type StorageChange,
} from '../port/chat-storage.js';
import { type Coverage, type CoverageEntry } from '../port/coverage.js';
import { type Row, type RowWork } from '../port/rows.js';
import { type SyncState } from '../port/sync-state.js';
import { CommitNews } from './commit-news.js';
import { Connection } from './connection.js';
import { readCoverage, readCoverageEntries, writeCoverage } from './coverage-rows.js';
import { exportAll, exportPartition } from './export-records.js';
import { LastWritten } from './hot-conversation.js';
import { readHistory, readMessage } from './history.js';
import { type IdbChatStorageOptions, idbEnvironment, type IdbEnvironment } from './idb-options.js';
import { contentOfRecords } from './page-record.js';
import { readPending, summarizePending } from './pending.js';
import { countRows, readRow, readRows, runRowWork } from './row-work.js';
import { SCHEMA_STEPS, type WriteTransaction } from './schema.js';
import { countRecords, moveReadMarker, readMonths, readSummaries } from './summaries.js';
import {
  addApplied,
  confirmUpTo,
  forgetProvider,
  patchSyncState,
  readDocument,
  readMeta,
  readSyncState,
  restartJournal,
} from './sync-rows.js';
import {
  checkedClearing,
  checkedMessages,
  checkedReaction,
  checkedRef,
  UNSTAMPED,
} from './unstamped.js';
import { groupByConversation, type WriteBatch } from './write-batch.js';
import { writeRecords, type WriteSettings } from './write-records.js';

/**
 * Opens the chat storage of this browser, and makes its database when there is none.
 *
 * @throws StorageError `upgrade-blocked`, `storage-closed` (no IndexedDB here, or a newer version made the database)
 */
export async function openIdbChatStorage(
  options: IdbChatStorageOptions = {},
): Promise<ChatStorage> {
  const environment = idbEnvironment(options);
  const connection = new Connection(environment, SCHEMA_STEPS);
  const { deviceId } = await connection.read(readMeta);
  const channel = environment.openChannel(`chat-vault:${environment.name}`);
  const news = new CommitNews(channel, environment.page);
  return new IdbChatStorage(environment, connection, news, deviceId);
}

class IdbChatStorage implements ChatStorage {
  readonly deviceId: string;
  readonly changes$: Observable<StorageChange>;
  readonly #connection: Connection;
  readonly #news: CommitNews;
  readonly #settings: WriteSettings;
  readonly #lastWritten = new LastWritten();

  constructor(
    { now, ownSenderIds }: IdbEnvironment,
    connection: Connection,
    news: CommitNews,
    deviceId: string,
  ) {
    this.deviceId = deviceId;
    this.changes$ = news.changes$;
    this.#connection = connection;
    this.#news = news;
    this.#settings = { now, ownSenderIds: new Set(ownSenderIds) };
  }

  async save(messages: ChatMessage | readonly ChatMessage[], rows?: RowWork): Promise<void> {
    const records = await checkedMessages(messages);
    await this.#writeLocally({ records, cleared: [] }, rows);
  }

  async delete(messages: MessageRef | readonly MessageRef[], rows?: RowWork): Promise<void> {
    const deletedAt = this.#at();
    const refs = 'id' in messages ? [messages] : messages;
    const records = refs.map((ref): MessageTombstone => {
      const { id, ...place } = checkedRef(ref);
      return { ...place, messageId: id, deletedAt, stamp: UNSTAMPED };
    });
    await this.#writeLocally({ records, cleared: [] }, rows);
  }

  async react(
    message: MessageRef,
    senderId: string,
    emoji: string | null,
    rows?: RowWork,
  ): Promise<void> {
    const reaction = checkedReaction(message, senderId, emoji);
    await this.#writeLocally({ records: [reaction], cleared: [] }, rows);
  }

  async clearConversation(conversationUrn: string, upTo = this.#at()): Promise<void> {
    const clearing = checkedClearing(conversationUrn, upTo, this.#at());
    await this.#writeLocally({ records: [], cleared: [clearing] });
  }

  async markRead(conversationUrn: string, upTo?: string, rows?: RowWork): Promise<void> {
    const { isMoved, tables } = await this.#connection.write('strict', async (transaction) => ({
      isMoved: await this.#moveReadMarker(transaction, conversationUrn, upTo),
      tables: await this.#writeRows(transaction, rows),
    }));
    if (isMoved || tables.length > 0) {
      this.#news.tell('bookkeeping', isMoved ? [conversationUrn] : [], tables);
    }
  }

  get(message: MessageRef): Promise<StampedMessage | undefined> {
    return this.#connection.read((transaction) => readMessage(transaction, message, this.#at()));
  }

  history(query: Parameters<ChatStorage['history']>[0]): Promise<HistorySlice> {
    return this.#connection.read((transaction) => readHistory(transaction, query, this.#at()));
  }

  conversations(): Promise<readonly ConversationSummary[]> {
    const { ownSenderIds } = this.#settings;
    return this.#connection.read((transaction) =>
      readSummaries(transaction, ownSenderIds, this.#at()),
    );
  }

  months(): ReturnType<ChatStorage['months']> {
    return this.#connection.read(readMonths);
  }

  async writeRows(work: RowWork): Promise<void> {
    const tables = await this.#connection.write('strict', (transaction) =>
      this.#writeRows(transaction, work),
    );
    if (tables.length > 0) this.#news.tell('bookkeeping', [], tables);
  }

  row(table: string, id: string): Promise<unknown> {
    return this.#connection.read((transaction) => readRow(transaction, table, id));
  }

  rows(
    table: string,
    range: { readonly after?: string; readonly limit?: number } = {},
  ): Promise<readonly Row[]> {
    return this.#connection.read((transaction) => readRows(transaction, table, range));
  }

  rowCount(table: string): Promise<number> {
    return this.#connection.read((transaction) => countRows(transaction, table));
  }

  async providers(): Promise<readonly string[]> {
    return [...(await this.#connection.read(readMeta)).providers.keys()].sort();
  }

  pendingFor(
    provider: string,
    limit: { readonly records: number; readonly bytes: number },
  ): Promise<PendingChanges> {
    return this.#connection.read((transaction) => readPending(transaction, provider, limit));
  }

  pendingSummary(provider: string): Promise<PendingSummary> {
    return this.#connection.read((transaction) => summarizePending(transaction, provider));
  }

  journalAll(provider: string): Promise<void> {
    return this.#keepBooks((transaction) => restartJournal(transaction, provider));
  }

  confirm(
    provider: string,
    through: number,
    applied: readonly string[],
    documents: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    return this.#keepBooks(async (transaction) => {
      await confirmUpTo(transaction, provider, through);
      await addApplied(transaction, provider, applied);
      await patchSyncState(transaction, provider, { sealed: null, documents });
    });
  }

  async apply(content: VaultContent, source: ApplySource): Promise<ApplyResult> {
    const { provider, applied = [], coverage = [], conversations = [], documents } = source;
    const { messages, tombstones, reactions, cleared } = content;
    const batch: WriteBatch = {
      records: [...messages, ...tombstones, ...reactions],
      cleared,
      catalog: conversations,
    };
    const { counts, urns, tables } = await this.#connection.write(
      'relaxed',
      async (transaction) => {
        const groups = groupByConversation(batch);
        const outcome = await writeRecords(transaction, groups, { provider }, this.#settings);
        const urns = new Set(outcome.conversationUrns);
        for (const { conversationUrn, upTo } of source.reads ?? []) {
          const isMoved = await this.#moveReadMarker(transaction, conversationUrn, upTo);
          if (isMoved) urns.add(conversationUrn);
        }
        if (provider !== undefined) {
          await addApplied(transaction, provider, applied);
          await writeCoverage(transaction, provider, coverage);
          if (documents) await patchSyncState(transaction, provider, { documents });
        }
        const tables = await this.#writeRows(transaction, source.rows, content);
        return { counts: outcome.counts, urns: [...urns], tables };
      },
    );
    const hasBooks = applied.length > 0 || coverage.length > 0 || documents;
    if (urns.length > 0) this.#news.tell('merge', urns, tables);
    else if (hasBooks || tables.length > 0) this.#news.tell('bookkeeping', [], tables);
    return counts;
  }

  coverage(provider: string, partition: string, conversationUrn = '*'): Promise<Coverage> {
    return this.#connection.read((transaction) =>
      readCoverage(transaction, provider, partition, conversationUrn),
    );
  }

  coverageEntries(provider: string, partition?: string): Promise<readonly CoverageEntry[]> {
    return this.#connection.read((transaction) =>
      readCoverageEntries(transaction, provider, partition),
    );
  }

  syncState(provider: string): Promise<SyncState> {
    return this.#connection.read((transaction) => readSyncState(transaction, provider));
  }

  document(provider: string, name: string): Promise<unknown> {
    return this.#connection.read((transaction) => readDocument(transaction, provider, name));
  }

  updateSyncState(provider: string, patch: Partial<SyncState>): Promise<void> {
    return this.#keepBooks((transaction) => patchSyncState(transaction, provider, patch));
  }

  forgetProvider(
    provider: string,
    options: { readonly keep?: readonly string[] } = {},
  ): Promise<void> {
    const { keep = [] } = options;
    return this.#keepBooks((transaction) => forgetProvider(transaction, provider, keep));
  }

  exportAll(options: { readonly partition?: string } = {}): AsyncIterable<VaultContent> {
    const { partition } = options;
    return partition === undefined
      ? exportAll(this.#connection)
      : exportPartition(this.#connection, partition);
  }

  recordCount(): Promise<number> {
    return this.#connection.read(countRecords);
  }

  async close(): Promise<void> {
    this.#news.close();
    await this.#connection.close();
  }

  async destroy(): Promise<void> {
    this.#news.close();
    await this.#connection.destroy();
  }

  async #writeLocally(batch: WriteBatch, rows?: RowWork): Promise<void> {
    const { records, cleared } = batch;
    if (records.length === 0 && cleared.length === 0 && !rows) return;
    const { conversationUrns, lastWritten, tables } = await this.#connection.write(
      'strict',
      async (transaction) => {
        const groups = groupByConversation(batch);
        const hot =
          groups.length === 1 && groups[0] ? this.#lastWritten.take(groups[0].urn) : undefined;
        const outcome = await writeRecords(transaction, groups, 'person', this.#settings, hot);
        if (!rows) return { ...outcome, tables: [] };
        const written = records.flatMap((record) => outcome.stamped.get(record) ?? []);
        const content = contentOfRecords(written);
        return { ...outcome, tables: await this.#writeRows(transaction, rows, content) };
      },
    );
    this.#lastWritten.keep(lastWritten);
    if (conversationUrns.length > 0) this.#news.tell('local-write', conversationUrns, tables);
    else if (tables.length > 0) this.#news.tell('bookkeeping', [], tables);
  }

  #moveReadMarker(
    transaction: WriteTransaction,
    conversationUrn: string,
    upTo: string | undefined,
  ): Promise<boolean> {
    const { ownSenderIds } = this.#settings;
    return moveReadMarker(transaction, conversationUrn, upTo, ownSenderIds, this.#at());
  }

  /** The tables of which rows were written. */
  async #writeRows(
    transaction: WriteTransaction,
    work: RowWork | undefined,
    written: VaultContent = EMPTY_CONTENT,
  ): Promise<readonly string[]> {
    return work ? runRowWork(transaction, work, written, this.#settings.now) : [];
  }

  async #keepBooks(work: (transaction: WriteTransaction) => Promise<void>): Promise<void> {
    await this.#connection.write('relaxed', work);
    this.#news.tell('bookkeeping', []);
  }

  #at(): string {
    return new Date(this.#settings.now()).toISOString();
  }
}
