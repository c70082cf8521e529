import { type ClearedConversation, partitionOf, type VaultContent } from '@chat-vault/core';
import { jsonBytes } from '@chat-vault/core/records';
import { type PendingChanges, type PendingSummary } from '../port/chat-storage.js';
import { isPending, lacksOldRecords, type Marks, unknownProvider } from './journal.js';
import { contentOfRecords, type PageRecord } from './page-record.js';
import { type PageRow, rowToPage } from './page-row.js';
import { type AnyTransaction } from './schema.js';
import { readMeta } from './sync-rows.js';

/** Pages read in one request. */
const PAGES_PER_REQUEST = 8;

/** A record that a provider lacks. */
interface PendingRecord {
  readonly seq: number;
  readonly record: PageRecord | ClearedConversation;
}

/** The oldest changes that a provider lacks, within the limits, but at least one when there is one. */
export async function readPending(
  transaction: AnyTransaction,
  provider: string,
  limit: { readonly records: number; readonly bytes: number },
): Promise<PendingChanges> {
  const wanted = Math.max(1, limit.records);
  let oldest: PendingRecord[] = [];
  const { newest } = await scanPending(transaction, provider, (pending) => {
    oldest.push(pending);
    if (oldest.length > 2 * wanted + 1_000) oldest = oldestOf(oldest, wanted + 1);
  });
  oldest = oldestOf(oldest, wanted + 1);
  let bytes = 0;
  const taken = oldest.slice(0, wanted).filter(({ record }, index) => {
    bytes += jsonBytes(record);
    return index === 0 || bytes <= limit.bytes;
  });
  const more = taken.length < oldest.length;
  const through = more ? (taken[taken.length - 1] as PendingRecord).seq : newest;
  return { content: contentOf(taken), through, records: taken.length, more };
}

/** How much a provider lacks. */
export async function summarizePending(
  transaction: AnyTransaction,
  provider: string,
): Promise<PendingSummary> {
  const partitions = new Set<string>();
  let records = 0;
  let hasClearings = false;
  const { newest } = await scanPending(transaction, provider, ({ record }) => {
    records++;
    if ('upTo' in record) hasClearings = true;
    else partitions.add(partitionOf(record.sentTimestamp));
  });
  return { records, partitions: [...partitions].sort(), hasClearings, through: newest };
}

/** Visits everything that a provider lacks, in no order; returns the newest journal sequence. */
async function scanPending(
  transaction: AnyTransaction,
  provider: string,
  visit: (pending: PendingRecord) => void,
): Promise<{ newest: number }> {
  const meta = await readMeta(transaction);
  const position = meta.providers.get(provider) ?? unknownProvider(meta);
  const visitIfPending = (record: PendingRecord['record'], seq: number, marks: Marks) => {
    if (isPending(position, seq, marks)) visit({ record, seq });
  };
  const visitPage = (row: PageRow) => {
    const { records, seqs, marks } = rowToPage(row);
    records.forEach((record, index) =>
      visitIfPending(record, seqs[index] as number, marks[index] as Marks),
    );
  };
  const isEverywhere = lacksOldRecords(position);
  const above = IDBKeyRange.lowerBound(position.confirmed, true);
  const conversations = transaction.objectStore('conversations');
  const rows = await (isEverywhere
    ? conversations.getAll()
    : conversations.index('pending').getAll(above));
  for (const { cleared } of rows) {
    for (const { record, seq, marks } of cleared) visitIfPending(record, seq, marks);
  }
  if (isEverywhere) await visitAllPages(transaction, visitPage);
  else await visitPendingPages(transaction, position.confirmed, visitPage);
  return { newest: meta.seq };
}

async function visitAllPages(
  transaction: AnyTransaction,
  visit: (page: PageRow) => void,
): Promise<void> {
  const pages = transaction.objectStore('pages');
  const keys = await pages.getAllKeys();
  for (let start = 0; start < keys.length; start += PAGES_PER_REQUEST) {
    const end = Math.min(start + PAGES_PER_REQUEST, keys.length) - 1;
    const range = IDBKeyRange.bound(keys[start], keys[end]);
    for (const page of await pages.getAll(range)) visit(page);
  }
}

/** No two pages share their newest pending sequence, so it serves as a cursor. */
async function visitPendingPages(
  transaction: AnyTransaction,
  confirmed: number,
  visit: (page: PageRow) => void,
): Promise<void> {
  const index = transaction.objectStore('pages').index('pending');
  for (let after = confirmed; ;) {
    const pages = await index.getAll(IDBKeyRange.lowerBound(after, true), PAGES_PER_REQUEST);
    pages.forEach(visit);
    const last = pages[PAGES_PER_REQUEST - 1]?.pending;
    if (last === undefined) return;
    after = last;
  }
}

const oldestOf = (pending: PendingRecord[], count: number): PendingRecord[] =>
  pending.sort((a, b) => a.seq - b.seq).slice(0, count);

function contentOf(pending: readonly PendingRecord[]): VaultContent {
  const records = pending.map(({ record }) => record);
  return {
    ...contentOfRecords(records.filter((record): record is PageRecord => !('upTo' in record))),
    cleared: records.filter((record): record is ClearedConversation => 'upTo' in record),
  };
}
