import { type StampedMessage } from '@chat-vault/core';
import { type ConversationTally } from './conversation-tally.js';
import { type JournalWriter } from './journal-writer.js';
import { type Marks } from './journal.js';
import { type Page, PageContent } from './page.js';
import { compareRecords, isMessage, type PageRecord } from './page-record.js';
import { type RequestQueue } from './request-queue.js';

/**
 * What becomes of a key: the record it holds from now on; `existing` itself when that is `incoming` byte for byte;
 * `undefined` when `incoming` changes nothing.
 */
export type Decide = (
  existing: PageRecord | undefined,
  incoming: PageRecord,
) => PageRecord | undefined;

/** The rules and the books that a merge goes by. */
export interface MergeRules {
  readonly decide: Decide;
  /** Whether a clearing removes the record. */
  readonly isCovered: (record: PageRecord) => boolean;
  /** Whether a stored message is not shown any more, for so long that it may go. */
  readonly isLongExpired: (message: StampedMessage) => boolean;
  readonly journal: JournalWriter;
  readonly tally: ConversationTally;
  readonly requests: RequestQueue;
}

/** The outcome of merging sorted records into one page, or into none. */
export interface MergedRun {
  readonly content: PageContent;
  /** Whether it differs from the page, in records or marks. */
  readonly isChanged: boolean;
}

/** Merges sorted `incoming` into `page` in one pass over both. */
export function mergeRun(
  page: Page | undefined,
  incoming: readonly PageRecord[],
  rules: MergeRules,
): MergedRun {
  const content = new PageContent();
  const existing = page?.records ?? [];
  let isChanged = false;
  let next = 0;
  const keep = (index: number) => {
    isChanged = !keepExisting(page as Page, index, content, rules) || isChanged;
  };
  for (let index = 0; index < existing.length || next < incoming.length;) {
    const record = existing[index];
    const first = incoming[next];
    const order = !record ? 1 : !first ? -1 : compareRecords(record, first);
    if (order < 0) {
      keep(index++);
      continue;
    }
    let end = next + 1;
    while (
      end < incoming.length &&
      compareRecords(incoming[end] as PageRecord, first as PageRecord) === 0
    ) {
      end++;
    }
    const held = order === 0 && page ? heldAt(page, index++) : undefined;
    isChanged = mergeKey(held, incoming, next, end, content, rules) || isChanged;
    next = end;
  }
  return { content, isChanged };
}

interface Held {
  readonly record: PageRecord;
  readonly seq: number;
  readonly marks: Marks;
}

const heldAt = (page: Page, index: number): Held => ({
  record: page.records[index] as PageRecord,
  seq: page.seqs[index] as number,
  marks: page.marks[index] as Marks,
});

/** Adds a record that nothing came for, unless it may go now; whether it stayed. */
function keepExisting(page: Page, index: number, content: PageContent, rules: MergeRules) {
  const { record, seq, marks } = heldAt(page, index);
  if (rules.isCovered(record)) {
    rules.tally.change(record, undefined);
    return false;
  }
  if (isMessage(record) && rules.isLongExpired(record) && !rules.journal.isPending(seq, marks)) {
    rules.tally.forgetExpired(record);
    return false;
  }
  content.add(record, seq, marks);
  return true;
}

/** Adds what a key holds after all incoming versions of it, those from `start` to `end`; whether that is another record, or has other marks. */
function mergeKey(
  held: Held | undefined,
  incoming: readonly PageRecord[],
  start: number,
  end: number,
  content: PageContent,
  { decide, isCovered, journal, tally }: MergeRules,
): boolean {
  let record = held?.record;
  let seq = held?.seq ?? 0;
  let marks = held?.marks ?? 0;
  for (let index = start; index < end; index++) {
    const outcome = decide(record, incoming[index] as PageRecord);
    if (outcome === undefined) continue;
    if (outcome === record) {
      marks = journal.marksOfSame(seq, marks);
    } else {
      record = outcome;
      seq = 0;
      marks = journal.newMarks;
    }
  }
  if (record && isCovered(record)) record = undefined;
  if (record && seq === 0) seq = journal.nextSeq();
  if (record) content.add(record, seq, marks);
  if (record !== held?.record) tally.change(held?.record, record);
  return record !== held?.record || (held !== undefined && marks !== held.marks);
}
