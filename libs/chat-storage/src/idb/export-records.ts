import { EMPTY_CONTENT, type VaultContent } from '@chat-vault/core';
import { type Connection } from './connection.js';
import { compareToKey, pageKeyOf } from './page.js';
import { contentOfRecords, type PageRecord } from './page-record.js';
import { rowToPage } from './page-row.js';
import { type PageKey, type ReadTransaction } from './schema.js';

/** Pages of one piece: about 1,000 records. */
const PAGES_PER_PIECE = 8;

/** Clearings of one piece. */
const CLEARINGS_PER_PIECE = 1_000;

/**
 * Everything, in pieces: the clearings, then the records in the order of their keys. Each piece is a transaction of its own;
 * what is written meanwhile may be missing, but then it is in the journal.
 */
export async function* exportAll(connection: Connection): AsyncGenerator<VaultContent> {
  const cleared = await connection.read(async (transaction) =>
    (await transaction.objectStore('conversations').getAll()).flatMap((row) =>
      row.cleared.map(({ record }) => record),
    ),
  );
  for (let start = 0; start < cleared.length; start += CLEARINGS_PER_PIECE) {
    yield { ...EMPTY_CONTENT, cleared: cleared.slice(start, start + CLEARINGS_PER_PIECE) };
  }
  yield* exportRange(connection, undefined, undefined);
}

/** The records of one UTC month, conversation by conversation; only their pages are read. */
export async function* exportPartition(
  connection: Connection,
  partition: string,
): AsyncGenerator<VaultContent> {
  const urns = await connection.read((transaction) =>
    transaction.objectStore('conversations').getAllKeys(),
  );
  for (const urn of urns) {
    yield* exportRange(connection, [urn, partition, ''], [urn, `${partition}\uffff`, '']);
  }
}

/** The records from `from` on and before `to`, of one conversation or of all. */
async function* exportRange(
  connection: Connection,
  from: PageKey | undefined,
  to: PageKey | undefined,
): AsyncGenerator<VaultContent> {
  for (let after = from; ;) {
    const { records, next } = await connection.read((transaction) =>
      readPiece(transaction, after, to, after === from),
    );
    const inRange = records.filter(
      (record) =>
        (!from || compareToKey(record, from) >= 0) && (!to || compareToKey(record, to) < 0),
    );
    if (inRange.length > 0) yield contentOfRecords(inRange);
    if (!next) return;
    after = next;
  }
}

/** The next pages, and the key of the last record read: where to go on, also when that page is split meanwhile. */
async function readPiece(
  transaction: ReadTransaction,
  after: PageKey | undefined,
  to: PageKey | undefined,
  isFirst: boolean,
): Promise<{ records: readonly PageRecord[]; next?: PageKey }> {
  const store = transaction.objectStore('pages');
  // The page that holds `after` may begin before it, in this conversation.
  const around =
    isFirst && after
      ? await store.openKeyCursor(IDBKeyRange.bound([after[0]], after), 'prev')
      : undefined;
  const lower = around?.key ?? after;
  const isOpen = !isFirst;
  const range =
    lower && to
      ? IDBKeyRange.bound(lower, to, isOpen)
      : lower && IDBKeyRange.lowerBound(lower, isOpen);
  const pages = await store.getAll(range, PAGES_PER_PIECE);
  const records = pages.flatMap((row) => rowToPage(row).records);
  const last = records[records.length - 1];
  // The last page may reach beyond `to`.
  const hasMore = last && pages.length === PAGES_PER_PIECE && (!to || compareToKey(last, to) < 0);
  return hasMore ? { records, next: pageKeyOf(last) } : { records };
}
