import { type Marks } from './journal.js';
import { compareText, messageIdOf, type PageRecord } from './page-record.js';
import { type PageKey } from './schema.js';

/** Records that a page is filled to; one put costs the same for 1 record and for 128 (docs/benchmarks.md). */
export const PAGE_FILL = 128;

/** Records that the newest page is filled to by messages that come one by one, each of which writes the page again. */
export const PAGE_FILL_BY_HAND = 64;

/** Records that a page may grow to before it is split. */
export const PAGE_SPLIT = 256;

/** A run of consecutive records of one conversation, with the journal sequence and marks of each, in parallel. */
export interface Page {
  readonly records: readonly PageRecord[];
  readonly seqs: readonly number[];
  readonly marks: readonly Marks[];
}

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
   * One page, or when there are more than `limit` records several about equally full ones. Never between records of one
   * message: the key of a page must tell where all of them are.
   */
  split(limit: number): Page[] {
    const count = this.records.length;
    const pages = count <= limit ? 1 : Math.ceil(count / PAGE_FILL);
    const parts: Page[] = [];
    for (let start = 0, page = 1; start < count; page++) {
      const end = nextMessage(
        this.records,
        Math.max(start + 1, Math.round((count * page) / pages)),
      );
      parts.push(slicePage(this, start, end));
      start = end;
    }
    return parts;
  }
}

const isNewKey = (records: readonly PageRecord[], index: number): boolean =>
  compareToKey(records[index] as PageRecord, pageKeyOf(records[index - 1] as PageRecord)) !== 0;

/** The key that a page gets when it is new. */
export const firstKey = (page: Page): PageKey => pageKeyOf(page.records[0] as PageRecord);

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
export const slicePage = ({ records, seqs, marks }: Page, start: number, end: number): Page => ({
  records: records.slice(start, end),
  seqs: seqs.slice(start, end),
  marks: marks.slice(start, end),
});
