import { type HistorySlice, type MessagePosition, TOP_POSITION } from '@chat-vault/chat-storage';
import { CloudError } from '@chat-vault/cloud-storage';
import { partitionOf } from '@chat-vault/core';
import { liveMonths } from '@chat-vault/core/format';
import { type HistoryPage } from '../reports/reports.js';
import { type CloudView, hydrateConversation } from '../restore/hydrate.js';
import { comparePositions, isBottom } from '../restore/position.js';
import { type Run } from '../run/run.js';
import { isLockedError, locked } from '../sealing/encryption.js';

/** Which page of a conversation: the newest `limit` messages older than `before`. */
export interface HistoryQuery {
  readonly conversationUrn: string;
  readonly before?: MessagePosition;
  readonly limit: number;
}

/**
 * A page without gaps: local records serve it above the coverage line of each month; below, the line is lowered first by as many segments as the
 * page needs, newest month first. What cannot be read makes the page `incomplete`, it does not stop it.
 */
export async function loadOlderPage(
  run: Run,
  view: CloudView,
  query: HistoryQuery,
): Promise<HistoryPage> {
  const { conversationUrn, before } = query;
  const from = before ?? TOP_POSITION;
  const months = liveMonths(view.join, conversationUrn).filter(
    (month) => before === undefined || month <= partitionOf(before.sentTimestamp),
  );
  let slice = await run.storage.history(query);
  let failure: Error | undefined;
  let olderMonth: string | undefined;
  const failedSegments = new Map<string, Error>();
  let fetched = 1;
  for (const [index, partition] of months.entries()) {
    if (isServedAbove(slice, query.limit, partition)) {
      olderMonth = partition;
      break;
    }
    const reached = await fillFromMonth(run, view, {
      query,
      partition,
      from,
      slice,
      failedSegments,
    });
    slice = reached.slice;
    failure ??= reached.failed;
    if (!reached.isWhole) {
      olderMonth = partition;
      break;
    }
    if (failure instanceof CloudError && !isOfFile(failure)) {
      olderMonth = months[index + 1];
      break;
    }
    if (index + 1 < fetched) continue;
    const held = heldFrom(slice, partition);
    const density = await messagesOfMonth(run, query, partition);
    const ahead = monthsAhead(run, query.limit - held, density);
    const next = months.slice(fetched, fetched + ahead);
    if (next.length > 1) {
      const effort = { wanted: query.limit - held, failedSegments };
      await fetchAhead(run, view, { months: next, conversationUrn, effort });
      slice = await run.storage.history(query);
    }
    fetched += next.length;
  }
  return {
    messages: slice.messages,
    reactions: slice.reactions,
    hasOlder: slice.hasMore || olderMonth !== undefined,
    ...(olderMonth === undefined ? {} : { olderMonth }),
    incomplete: failure !== undefined,
    ...(failure === undefined ? {} : { error: failure }),
  };
}

/** Whether the page is full with messages newer than anything of the month. */
function isServedAbove(slice: HistorySlice, limit: number, partition: string): boolean {
  const oldest = slice.messages.at(-1);
  return (
    slice.messages.length >= limit &&
    oldest !== undefined &&
    partitionOf(oldest.sentTimestamp) > partition
  );
}

/** Lowers the line of the month until the page is full above it, or the month is whole. */
async function fillFromMonth(
  run: Run,
  view: CloudView,
  page: {
    readonly query: HistoryQuery;
    readonly partition: string;
    readonly from: MessagePosition;
    readonly slice: HistorySlice;
    readonly failedSegments: Map<string, Error>;
  },
): Promise<{
  readonly slice: HistorySlice;
  readonly isWhole: boolean;
  readonly failed: Error | undefined;
}> {
  const { query, partition, from, failedSegments } = page;
  const where = { partition, conversationUrn: query.conversationUrn };
  let { slice } = page;
  let failed: Error | undefined;
  let wanted = 0;
  for (;;) {
    const month = await tryHydrate(run, view, where, { wanted, failedSegments });
    failed ??= month.failed;
    if (wanted > 0) slice = await run.storage.history(query);
    if (isBottom(month.line)) return { slice, isWhole: true, failed };
    if (month.isOut) return { slice, isWhole: true, failed };
    const oldest = slice.messages.at(-1);
    const isFull = slice.messages.length >= query.limit && oldest !== undefined;
    const position = oldest && { sentTimestamp: oldest.sentTimestamp, id: oldest.id };
    if (isFull && position && comparePositions(position, month.line) > 0)
      return { slice, isWhole: false, failed };
    wanted = missingAbove(slice, month.line, from, query.limit);
  }
}

/** How many messages of the page are of this month or newer. */
const heldFrom = ({ messages }: HistorySlice, partition: string): number =>
  messages.filter(({ sentTimestamp }) => partitionOf(sentTimestamp) >= partition).length;

/** How many messages the conversation has here in a month that is whole, at most a page of them; also those that are newer than the page. */
async function messagesOfMonth(run: Run, query: HistoryQuery, partition: string): Promise<number> {
  const { conversationUrn, limit } = query;
  const before = { sentTimestamp: `${partition}-99`, id: '' };
  return heldFrom(await run.storage.history({ conversationUrn, before, limit }), partition);
}

/** How many of the next months the page needs when they hold about as many messages as the last ones did. */
const monthsAhead = (run: Run, lacking: number, messagesAMonth: number): number =>
  Math.max(1, Math.min(run.options.maxInFlight, Math.ceil(lacking / Math.max(1, messagesAMonth))));

/**
 * Lowers the lines of several months at once, which costs as many round trips as one. What cannot be read here is met again, and told, when its month comes to
 * its turn.
 */
async function fetchAhead(
  run: Run,
  view: CloudView,
  ahead: {
    readonly months: readonly string[];
    readonly conversationUrn: string;
    readonly effort: Effort;
  },
): Promise<void> {
  const { months, conversationUrn, effort } = ahead;
  await Promise.all(
    months.map((partition) => tryHydrate(run, view, { partition, conversationUrn }, effort)),
  );
}

/** How many messages the page still lacks above the line; at least one. */
function missingAbove(
  slice: HistorySlice,
  line: MessagePosition,
  from: MessagePosition,
  limit: number,
): number {
  if (comparePositions(line, from) >= 0) return limit;
  const above = slice.messages.filter((message) => comparePositions(message, line) > 0).length;
  return Math.max(1, limit - above);
}

/** How many messages are wanted, and the segments that are not to be tried again. */
interface Effort {
  readonly wanted: number;
  readonly failedSegments: Map<string, Error>;
}

/** Hydrates; when the cloud cannot be reached, says so instead of failing, as the local part is worth showing. */
async function tryHydrate(
  run: Run,
  view: CloudView,
  where: { readonly partition: string; readonly conversationUrn: string },
  effort: Effort,
): Promise<{ readonly line: MessagePosition; readonly failed?: Error; readonly isOut: boolean }> {
  try {
    const { line, failed } = await hydrateConversation(
      run,
      view,
      where,
      effort.wanted,
      effort.failedSegments,
    );
    return { line, ...(failed ? { failed } : {}), isOut: false };
  } catch (error) {
    if (isLockedError(error))
      return { line: TOP_POSITION, failed: locked({ cause: error }), isOut: true };
    if (!(error instanceof CloudError) || error.code === 'aborted') throw error;
    return { line: TOP_POSITION, failed: error, isOut: true };
  }
}

/** Whether the failure concerns one file, so that other months may still be read. */
const isOfFile = (error: CloudError): boolean =>
  error.code === 'not-found' || error.code === 'invalid';
