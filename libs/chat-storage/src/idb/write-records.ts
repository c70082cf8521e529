import { HybridClock } from '@chat-vault/core';
import { isCovered } from '@chat-vault/core/records';
import { mergeClearings } from './clearings.js';
import { newestMessage } from './conversation-reads.js';
import { surveyConversations } from './conversation-survey.js';
import { type ChangeCounts, ConversationTally, newConversation } from './conversation-tally.js';
import { decideByMerge, decideLocally } from './decide.js';
import { JournalWriter } from './journal-writer.js';
import { type HotConversation, revisionOf } from './hot-conversation.js';
import {
  type LocatedPage,
  locatePages,
  mergeIntoPages,
  type PageLocation,
} from './merge-into-pages.js';
import { type Decide, type MergeRules } from './merge-run.js';
import { compareToKey } from './page.js';
import { isReaction, type PageRecord } from './page-record.js';
import { RequestQueue } from './request-queue.js';
import { type ConversationRow, type MetaRow, type WriteTransaction } from './schema.js';
import { type ConversationBatch } from './write-batch.js';

/** How long an expired message stays stored, at least: the grace that compaction gives too (docs/sync-engine.md). */
const EXPIRED_GRACE_MS = 7 * 24 * 60 * 60 * 1000;

/** Conversations whose first pages are looked up at once. */
const CONVERSATIONS_PER_TURN = 32;

/** What the storage was opened with that writing depends on. */
export interface WriteSettings {
  readonly now: () => number;
  readonly ownSenderIds: ReadonlySet<string>;
}

/** What was written. */
export interface WriteOutcome {
  readonly counts: ChangeCounts;
  /** Conversations of which anything changed. */
  readonly conversationUrns: readonly string[];
  /** What became of a person's own records: the stamped ones, by those of the batch. */
  readonly stamped: ReadonlyMap<PageRecord, PageRecord>;
  /** What the next write may begin with, once this one is committed. */
  readonly lastWritten?: HotConversation;
}

/** A person's own write, or a merge: of what a provider holds, or of what no cloud holds. */
export type WriteSource = 'person' | { readonly provider: string | undefined };

/**
 * Merges a batch into the store, with stamps, journal and conversation rows, within the given transaction. `hot` is what the
 * last write left of the only conversation of the batch, if anything.
 */
export async function writeRecords(
  transaction: WriteTransaction,
  groups: readonly ConversationBatch[],
  source: WriteSource,
  settings: WriteSettings,
  hot?: HotConversation,
): Promise<WriteOutcome> {
  const metaStore = transaction.objectStore('meta');
  const turn = (start: number) =>
    prepare(transaction, groups.slice(start, start + CONVERSATIONS_PER_TURN));
  const fromMemory = hot && prepareHot(groups, hot);
  const [meta, found] = await Promise.all([
    metaStore.get('meta') as Promise<MetaRow>,
    fromMemory ?? turn(0),
  ]);
  const isStale = fromMemory !== undefined && hot?.revision !== revisionOf(meta);
  const before = fingerprint(meta);
  const session = openSession(transaction, meta, source, settings);
  const conversationUrns: string[] = [];
  let newest: Omit<HotConversation, 'revision'> | undefined;
  for (let start = 0; start < groups.length; start += CONVERSATIONS_PER_TURN) {
    for (const group of start === 0 && !isStale ? found : await turn(start)) {
      const written = await writeConversation(group, session);
      if (written.isChanged) conversationUrns.push(group.urn);
      newest = written.newest && { row: group.row, newest: written.newest };
    }
  }
  const { last } = session.clock;
  if (last !== undefined) meta.lastStamp = last;
  if (session.requests.isUsed) meta.writes++;
  if (fingerprint(meta) !== before) session.requests.put(metaStore, meta, 'meta');
  const lastWritten = newest && { ...newest, revision: revisionOf(meta) };
  const { counts, stamped } = session;
  return { counts, conversationUrns, stamped, ...(lastWritten && { lastWritten }) };
}

/** The only conversation of a batch from memory, when all of it belongs to the newest page. */
function prepareHot(
  groups: readonly ConversationBatch[],
  { row, newest }: HotConversation,
): readonly PreparedBatch[] | undefined {
  const [group] = groups;
  const head = group?.records[0];
  if (!group || !head || group.cleared.length > 0) return undefined;
  if (compareToKey(head, newest.key) < 0) return undefined;
  const location = { first: newest, keys: [], isNewest: true, clearedUpTo: '' };
  return [{ ...group, row, location }];
}

/** What is shared by all conversations of one call. */
interface WriteSession {
  readonly transaction: WriteTransaction;
  readonly clock: HybridClock;
  readonly journal: JournalWriter;
  readonly decide: Decide;
  readonly isMerge: boolean;
  readonly stamped: ReadonlyMap<PageRecord, PageRecord>;
  /** Whether what is seen for the first time was read elsewhere. */
  readonly isFromCloud: boolean;
  readonly requests: RequestQueue;
  readonly counts: ChangeCounts;
  readonly ownSenderIds: ReadonlySet<string>;
  /** Messages that expired before this instant may go. */
  readonly expiredBefore: string;
}

function openSession(
  transaction: WriteTransaction,
  meta: MetaRow,
  source: WriteSource,
  { now, ownSenderIds }: WriteSettings,
): WriteSession {
  const { deviceId, lastStamp } = meta;
  const clock = new HybridClock({ deviceId, now, ...(lastStamp && { last: lastStamp }) });
  const isMerge = source !== 'person';
  const provider = isMerge ? source.provider : undefined;
  const stamped = new Map<PageRecord, PageRecord>();
  return {
    transaction,
    clock,
    journal: new JournalWriter(meta, provider),
    decide: isMerge ? decideByMerge : decideLocally(clock, stamped),
    isMerge,
    stamped,
    isFromCloud: provider !== undefined,
    requests: new RequestQueue(),
    counts: { messagesNew: 0, messagesUpdated: 0, messagesDeleted: 0, reactionsChanged: 0 },
    ownSenderIds,
    expiredBefore: new Date(now() - EXPIRED_GRACE_MS).toISOString(),
  };
}

interface PreparedBatch extends ConversationBatch {
  readonly row: ConversationRow;
  readonly location: PageLocation;
}

/** Reads the rows and first pages of some conversations, all at once. */
async function prepare(
  transaction: WriteTransaction,
  groups: readonly ConversationBatch[],
): Promise<readonly PreparedBatch[]> {
  const survey = await surveyConversations(
    transaction,
    groups.map(({ urn }) => urn),
  );
  return Promise.all(
    groups.map(async (group) => {
      const { urn, cleared } = group;
      const clearedUpTo = cleared.reduce((max, { upTo }) => (upTo > max ? upTo : max), '');
      const [row, location] = await Promise.all([
        survey.row(urn),
        locatePages(transaction, group, clearedUpTo, survey.pageKeys(urn)),
      ]);
      return { ...group, row: row ?? newConversation(urn), location };
    }),
  );
}

/** Writes one conversation; whether anything of it changed, and its newest page when that is known. */
async function writeConversation(
  group: PreparedBatch,
  session: WriteSession,
): Promise<{ isChanged: boolean; newest: LocatedPage | undefined }> {
  const { row, records, location, catalogLast } = group;
  const { transaction, journal, isMerge } = session;
  const tally = new ConversationTally(row, session.counts, session.ownSenderIds);
  const hasNewClearings = clear(group, session);
  const clearings = row.cleared.map(({ record }) => record);
  if (isMerge) for (const { stamp } of records) session.clock.observe(stamp);
  const rules: MergeRules = {
    decide: session.decide,
    isCovered: (record) =>
      clearings.length > 0 && !isReaction(record) && isCovered(record, clearings),
    isLongExpired: ({ expiresAt }) => expiresAt !== undefined && expiresAt < session.expiredBefore,
    journal,
    tally,
    requests: session.requests,
  };
  const lastPage = await mergeIntoPages(transaction, records, location, rules);
  tally.seeInCatalog(catalogLast);
  if (tally.hasLostLast) {
    const last = await newestMessage(transaction, row.urn);
    if (last) row.lastMessage = last;
  }
  tally.placeReadMarker(session.isFromCloud ? 'cloud' : 'here');
  const isChanged = tally.isChanged || hasNewClearings;
  if (isChanged) session.requests.put(transaction.objectStore('conversations'), row);
  await session.requests.turn();
  return { isChanged, newest: location.isNewest ? lastPage : undefined };
}

/** Merges clearings into the row; a person's own get their stamp. */
function clear(
  { row, cleared }: PreparedBatch,
  { clock, journal, isMerge }: WriteSession,
): boolean {
  if (isMerge) for (const { stamp } of cleared) clock.observe(stamp);
  const stamped = isMerge ? cleared : cleared.map((one) => ({ ...one, stamp: clock.now() }));
  const merged = mergeClearings(row.cleared, stamped, journal);
  if (merged === row.cleared) return false;
  row.cleared = merged;
  const pending = journal.newestPending(
    merged.map(({ seq }) => seq),
    merged.map(({ marks }) => marks),
  );
  if (pending === undefined) delete row.pending;
  else row.pending = pending;
  return true;
}

/** Tells whether the row of the database must be written. */
const fingerprint = ({ lastStamp, seq, writes, providers }: MetaRow): string =>
  `${lastStamp} ${seq} ${writes} ${providers.size}`;
