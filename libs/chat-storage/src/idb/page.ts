import { type Marks } from './journal.js';
import { compareText, messageIdOf, type PageRecord } from './page-record.js';
import { type PageKey, type PageRow } from './schema.js';

/** Records that a page is filled to; one put costs the same for 1 record and for 128 (docs/benchmarks.md). */
export const PAGE_FILL = 128;

/** Records that a page may grow to before it is split. */
export const PAGE_SPLIT = 256;

/** The records of a page while it is put together, in their order. */
export class PageContent {
  readonly records: PageRecord[] = [];
  readonly seqs: number[] = [];
  readonly marks: Marks[] = [];

  add(record: PageRecord, seq: number, marks: Marks): void {
    this.records.push(record);
    this.seqs.push(seq);
    this.marks.push(marks);
  }

  /**
   * One row, or when there are more than `limit` records several about equally full ones. Never between records of one
   * message: the key of a page must tell where all of them are.
   */
  split(limit: number, pendingOf: (page: PageRow) => number | undefined): PageRow[] {
    const count = this.records.length;
    const pages = count <= limit ? 1 : Math.ceil(count / PAGE_FILL);
    const rows: PageRow[] = [];
    for (let start = 0, page = 1; start < count; page++) {
      const end = nextMessage(
        this.records,
        Math.max(start + 1, Math.round((count * page) / pages)),
      );
      const row = slicePage(this, start, end);
      const pending = pendingOf(row);
      rows.push(pending === undefined ? row : { ...row, pending });
      start = end;
    }
    return rows;
  }
}

const isNewKey = (records: readonly PageRecord[], index: number): boolean =>
  compareToKey(records[index] as PageRecord, pageKeyOf(records[index - 1] as PageRecord)) !== 0;

/** The key that a page gets when it is new. */
export const firstKey = (row: PageRow): PageKey => pageKeyOf(row.records[0] as PageRecord);

/** The key of the message that a record belongs to, in the form of page keys. */
export const pageKeyOf = (record: PageRecord): PageKey => [
  record.conversationUrn,
  record.sentTimestamp,
  messageIdOf(record),
];

/** Order of a record's message and another message of that conversation. */
export const compareToKey = (record: PageRecord, key: PageKey): number =>
  compareText(record.sentTimestamp, key[1]) || compareText(messageIdOf(record), key[2]);

/** Index of the first record of the message with this key, or of the first one after it. */
export function lowerIndex(records: readonly PageRecord[], key: PageKey): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareToKey(records[middle] as PageRecord, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first index from `index` on where another message begins, in sorted records. */
export function nextMessage(records: readonly PageRecord[], index: number): number {
  let next = index;
  while (next > 0 && next < records.length && !isNewKey(records, next)) next++;
  return next;
}

/** Some of the records of a page, with their sequences and marks. */
export const slicePage = (
  { records, seqs, marks }: PageRow,
  start: number,
  end: number,
): PageRow => ({
  records: records.slice(start, end),
  seqs: seqs.slice(start, end),
  marks: marks.slice(start, end),
});
