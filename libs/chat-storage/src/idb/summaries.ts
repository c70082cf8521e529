import { type ConversationSummary } from '../port/chat-storage.js';
import { type MessagePosition } from '../port/coverage.js';
import { countUnread, isExpired, newestMessage } from './conversation-reads.js';
import { comparePositions } from './conversation-tally.js';
import { compareText } from './page-record.js';
import { type AnyTransaction, type ConversationRow, type WriteTransaction } from './schema.js';
import { readMeta } from './sync-rows.js';

/** The conversation list at the instant `at` (ISO-8601 UTC), newest activity first. */
export async function readSummaries(
  transaction: AnyTransaction,
  ownSenderIds: ReadonlySet<string>,
  at: string,
): Promise<readonly ConversationSummary[]> {
  const rows = await transaction.objectStore('conversations').getAll();
  const summaries: ConversationSummary[] = [];
  for (const row of rows) {
    const summary = await summarize(transaction, row, ownSenderIds, at);
    if (summary) summaries.push(summary);
  }
  return summaries.sort(
    (a, b) =>
      compareText(b.lastActivityAt, a.lastActivityAt) ||
      compareText(a.conversationUrn, b.conversationUrn),
  );
}

/** `undefined` for what is no conversation yet: only tombstones or reactions came, but no message. */
async function summarize(
  transaction: AnyTransaction,
  row: ConversationRow,
  ownSenderIds: ReadonlySet<string>,
  at: string,
): Promise<ConversationSummary | undefined> {
  const isLastExpired = row.lastMessage !== undefined && isExpired(row.lastMessage, at);
  const lastMessage = isLastExpired
    ? await newestMessage(transaction, row.urn, at)
    : row.lastMessage;
  const isUnreadExpired = row.unreadExpiresAt !== undefined && row.unreadExpiresAt <= at;
  const { unread } = isUnreadExpired ? await countUnread(transaction, row, ownSenderIds, at) : row;
  const shown = [lastMessage?.sentTimestamp ?? '', row.catalogLast].sort(compareText)[1] as string;
  // An emptied conversation stays in its place in the list by when it was emptied.
  const emptied = row.cleared.map(({ record }) => record.deletedAt).sort(compareText);
  const lastActivityAt = shown || emptied[emptied.length - 1];
  if (!lastActivityAt) return undefined;
  return {
    conversationUrn: row.urn,
    lastActivityAt,
    ...(lastMessage && { lastMessage }),
    unreadCount: unread,
    messageCount: Object.values(row.months).reduce((sum, count) => sum + count, 0),
  };
}

/** Moves the read marker to the newest message or to `upTo`, never back; whether that changed anything. */
export async function moveReadMarker(
  transaction: WriteTransaction,
  conversationUrn: string,
  upTo: string | undefined,
  ownSenderIds: ReadonlySet<string>,
  at: string,
): Promise<boolean> {
  const store = transaction.objectStore('conversations');
  const row = await store.get(conversationUrn);
  const target = row && (upTo === undefined ? newestPosition(row) : endOf(upTo));
  if (!row || !target || (row.read && comparePositions(row.read, target) >= 0)) return false;
  const { unreadExpiresAt: _, ...rest } = { ...row, read: target };
  void _;
  const counted =
    upTo === undefined ? { unread: 0 } : await countUnread(transaction, rest, ownSenderIds, at);
  const meta = await readMeta(transaction);
  meta.writes++;
  await Promise.all([
    transaction.objectStore('meta').put(meta, 'meta'),
    store.put({ ...rest, ...counted }),
  ]);
  return true;
}

/** Months with messages, ascending. */
export async function readMonths(
  transaction: AnyTransaction,
): Promise<readonly { readonly month: string; readonly messageCount: number }[]> {
  const counts = new Map<string, number>();
  for (const { months } of await transaction.objectStore('conversations').getAll()) {
    for (const [month, count] of Object.entries(months)) {
      counts.set(month, (counts.get(month) ?? 0) + count);
    }
  }
  return [...counts]
    .map(([month, messageCount]) => ({ month, messageCount }))
    .sort((a, b) => compareText(a.month, b.month));
}

/** Messages, tombstones, reactions and clearings. */
export const countRecords = async (transaction: AnyTransaction): Promise<number> =>
  (await transaction.objectStore('conversations').getAll()).reduce(
    (sum, { records, cleared }) => sum + records + cleared.length,
    0,
  );

/** Above all messages sent at this instant. */
const endOf = (sentTimestamp: string): MessagePosition => ({ sentTimestamp, id: '\uffff' });

function newestPosition({
  lastMessage,
  catalogLast,
}: ConversationRow): MessagePosition | undefined {
  if (!lastMessage || catalogLast > lastMessage.sentTimestamp) {
    return catalogLast ? endOf(catalogLast) : undefined;
  }
  return { sentTimestamp: lastMessage.sentTimestamp, id: lastMessage.id };
}
