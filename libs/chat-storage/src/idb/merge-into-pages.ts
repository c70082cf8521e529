import {
  compareToKey,
  firstKey,
  lowerIndex,
  nextMessage,
  type Page,
  PAGE_FILL,
  PAGE_FILL_BY_HAND,
  PAGE_SPLIT,
  type PageContent,
  pageKeyOf,
  slicePage,
} from './page.js';
import { compareText, type PageRecord } from './page-record.js';
import { mergeRun, type MergeRules } from './merge-run.js';
import { pageToRow, rowToPage } from './page-row.js';
import { type PageKey, type WriteTransaction } from './schema.js';
import { type ConversationBatch } from './write-batch.js';

/** Pages read and merged between two turns of the event loop, so that no task exceeds 50 ms. */
const PAGES_PER_TURN = 4;

/** Fewer records than this before the first page of a conversation join that page; more get their own. */
const ORPHANS_TO_JOIN = PAGE_FILL / 16;

/** Up to this many records, the newest page is looked at first: they are most likely new messages. */
const SMALL_BATCH = 8;

/** A page that was read or written. */
export interface LocatedPage {
  readonly key: PageKey;
  readonly page: Page;
}

/** Where the records of a batch belong in one conversation. */
export interface PageLocation {
  /** The first page that is touched, when it has been read: the one that the first record belongs to, or joins. */
  readonly first?: LocatedPage;
  /** Whether `first` is known to be the newest page. */
  readonly isNewest?: boolean;
  /** Keys of the further pages that may be touched, ascending. */
  readonly keys: readonly PageKey[];
  /** All pages up to this `sentTimestamp` are touched, since a clearing came. */
  readonly clearedUpTo: string;
}

/**
 * Finds the pages of sorted `records` with at most three requests, however many records there are. With the keys of all pages
 * of the conversation in `known`, one request reads the page that is touched first.
 */
export async function locatePages(
  transaction: WriteTransaction,
  { urn, records }: ConversationBatch,
  clearedUpTo: string,
  known?: readonly PageKey[],
): Promise<PageLocation> {
  const find = known ? amongKnown(transaction, known) : byRequest(transaction);
  const head = records[0] && pageKeyOf(records[0]);
  const tail =
    records.length > 0 ? pageKeyOf(records[records.length - 1] as PageRecord) : undefined;
  if (!clearedUpTo && !head) return { clearedUpTo, keys: [] };
  if (clearedUpTo || !head || !tail) {
    const last = [clearedUpTo, tail?.[1] ?? ''].sort(compareText)[1];
    return { clearedUpTo, keys: await find.keys(IDBKeyRange.bound([urn], [urn, last, []])) };
  }
  if (!known && records.length <= SMALL_BATCH) {
    const newest = await find.lastPage(IDBKeyRange.bound([urn], [urn, []]));
    if (newest && compareToKey(records[0] as PageRecord, newest.key) >= 0) {
      return { clearedUpTo, first: newest, keys: [], isNewest: true };
    }
  }
  const [first, between] = await Promise.all([
    find.lastPage(IDBKeyRange.bound([urn], head)),
    isSameKey(head, tail) ? [] : find.keys(IDBKeyRange.bound(head, tail, true)),
  ]);
  if (first) return { clearedUpTo, first, keys: between };
  if (between.length > 0 || records.length >= ORPHANS_TO_JOIN)
    return { clearedUpTo, keys: between };
  const after = await find.firstPage(IDBKeyRange.bound(tail, [urn, []], true));
  return { clearedUpTo, ...(after && { first: after }), keys: [] };
}

/** Looks pages up by key. */
interface PageFinder {
  keys(range: IDBKeyRange): Promise<readonly PageKey[]>;
  firstPage(range: IDBKeyRange): Promise<LocatedPage | undefined>;
  lastPage(range: IDBKeyRange): Promise<LocatedPage | undefined>;
}

function byRequest(transaction: WriteTransaction): PageFinder {
  const pages = transaction.objectStore('pages');
  const page = async (range: IDBKeyRange, direction: 'next' | 'prev') => {
    const cursor = await pages.openCursor(range, direction);
    return cursor ? { key: cursor.key, page: rowToPage(cursor.value) } : undefined;
  };
  return {
    keys: (range) => pages.getAllKeys(range),
    firstPage: (range) => page(range, 'next'),
    lastPage: (range) => page(range, 'prev'),
  };
}

/** `known` are the keys of all pages that may be asked for, ascending. */
function amongKnown(transaction: WriteTransaction, known: readonly PageKey[]): PageFinder {
  const page = async (key: PageKey | undefined) => {
    const row = key && (await transaction.objectStore('pages').get(key));
    return row && { key, page: rowToPage(row) };
  };
  const keys = (range: IDBKeyRange) => known.filter((key) => range.includes(key));
  return {
    keys: async (range) => keys(range),
    firstPage: (range) => page(keys(range)[0]),
    lastPage: (range) => page(keys(range).at(-1)),
  };
}

/** A page, or the place of a new one, with the slice of the batch that belongs there. */
interface Target {
  readonly key?: PageKey;
  readonly records: readonly PageRecord[];
}

/** Merges sorted `records` of one conversation into its pages; the last page that was looked at, as it is now. */
export async function mergeIntoPages(
  transaction: WriteTransaction,
  records: readonly PageRecord[],
  location: PageLocation,
  rules: MergeRules,
): Promise<LocatedPage | undefined> {
  const pages = transaction.objectStore('pages');
  const targets = planTargets(records, location);
  let last: LocatedPage | undefined;
  for (let start = 0; start < targets.length; start += PAGES_PER_TURN) {
    const turn = targets.slice(start, start + PAGES_PER_TURN);
    const found = await Promise.all(
      turn.map(async ({ key }) => {
        if (key === undefined || key === location.first?.key) return key && location.first?.page;
        const row = await pages.get(key);
        return row && rowToPage(row);
      }),
    );
    for (const [index, target] of turn.entries()) {
      last = await mergeIntoPage(transaction, target, found[index], rules);
    }
  }
  return last;
}

/** Which slice of the batch belongs to which page; pages that nothing belongs to are left out. */
function planTargets(
  records: readonly PageRecord[],
  { first, keys, clearedUpTo }: PageLocation,
): readonly Target[] {
  const all = first ? [first.key, ...keys] : keys;
  const targets: Target[] = [];
  let next = 0;
  const takeBefore = (limit: PageKey | undefined) => {
    const start = next;
    while (
      next < records.length &&
      (!limit || compareToKey(records[next] as PageRecord, limit) < 0)
    )
      next++;
    return records.slice(start, next);
  };
  let orphans = takeBefore(all[0]);
  if (orphans.length >= ORPHANS_TO_JOIN || all.length === 0) {
    if (orphans.length > 0) targets.push({ records: orphans });
    orphans = [];
  }
  all.forEach((key, index) => {
    const slice = [...orphans, ...takeBefore(all[index + 1])];
    orphans = [];
    if (slice.length > 0 || (clearedUpTo && key[1] <= clearedUpTo)) {
      targets.push({ key, records: slice });
    }
  });
  return targets;
}

/**
 * Merges into one page what belongs between its records and what fills it up; the rest gets new pages. A batch that is
 * larger than the work of one turn is merged in pieces, each with the part of the page that it overlaps.
 */
async function mergeIntoPage(
  transaction: WriteTransaction,
  { key, records }: Target,
  page: Page | undefined,
  rules: MergeRules,
): Promise<LocatedPage | undefined> {
  let last = key && page && { key, page };
  const held = page?.records.length ?? 0;
  const inside = page ? insideCount(page, records) : 0;
  for (let start = 0, used = 0; start < records.length || used < held;) {
    const limit = used < held ? inside : records.length;
    const end = nextMessage(records, Math.min(start + PAGE_FILL * PAGES_PER_TURN, limit));
    const usedEnd = end < inside ? lowerIndex(page?.records ?? [], keyAt(records, end)) : held;
    const part = page && usedEnd > used ? slicePage(page, used, usedEnd) : undefined;
    const { content, isChanged } = mergeRun(part, records.slice(start, end), rules);
    const isWhole = used === 0 && usedEnd === held;
    if (isChanged || !isWhole) {
      const oldKey = used === 0 && start === 0 ? key : undefined;
      last = writePages(transaction, oldKey, content, rules);
    }
    start = end;
    used = usedEnd;
    await rules.requests.turn();
  }
  return last;
}

/** How many of the records go into the page: those up to its last message, and what fills it up. */
function insideCount(page: Page, records: readonly PageRecord[]): number {
  const fill = records.length > SMALL_BATCH ? PAGE_FILL : PAGE_FILL_BY_HAND;
  const room = Math.max(0, fill - page.records.length);
  const last = keyAt(page.records, page.records.length - 1);
  let inside = lowerIndex(records, last);
  while (inside < records.length && compareToKey(records[inside] as PageRecord, last) === 0)
    inside++;
  return nextMessage(records, Math.min(inside + room, records.length));
}

/** Splits where needed and puts; the last page written. */
function writePages(
  transaction: WriteTransaction,
  oldKey: PageKey | undefined,
  content: PageContent,
  { journal, requests }: MergeRules,
): LocatedPage | undefined {
  const pages = transaction.objectStore('pages');
  const parts = content.split(oldKey ? PAGE_SPLIT : PAGE_FILL);
  const [first] = parts;
  const keepsKey = first && oldKey && compareToKey(first.records[0] as PageRecord, oldKey) >= 0;
  if (oldKey && !keepsKey) requests.delete(pages, oldKey);
  let last: LocatedPage | undefined;
  for (const page of parts) {
    const key = keepsKey && page === first ? oldKey : firstKey(page);
    const pending = journal.newestPending(page.seqs, page.marks);
    requests.put(pages, pageToRow(page, pending), key);
    last = { key, page };
  }
  return last;
}

const keyAt = (records: readonly PageRecord[], index: number): PageKey =>
  pageKeyOf(records[index] as PageRecord);

const isSameKey = (a: PageKey, b: PageKey): boolean => a[1] === b[1] && a[2] === b[2];
