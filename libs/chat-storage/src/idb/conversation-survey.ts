import { compareText } from './page-record.js';
import { type ConversationRow, type PageKey, type WriteTransaction } from './schema.js';

/** Fewer conversations than this are looked up one by one. */
const MANY = 4;

/** Rows and page keys that are read for each conversation asked for, at most: others may lie between them. */
const ROWS_EACH = 2;
const KEYS_EACH = 16;

/**
 * What two requests tell of many conversations. Those of a segment lie side by side in the store, and a request for all of
 * them costs about what a request for one does (docs/decisions/0021-pages-by-columns.md).
 */
export interface ConversationSurvey {
  /** The row of a conversation that was asked for; by a request of its own where the survey did not reach. */
  row(urn: string): Promise<ConversationRow | undefined>;
  /** Keys of all its pages, ascending; `undefined` where the survey did not reach. */
  pageKeys(urn: string): readonly PageKey[] | undefined;
}

/** Looks at some conversations at once. */
export async function surveyConversations(
  transaction: WriteTransaction,
  urns: readonly string[],
): Promise<ConversationSurvey> {
  const conversations = transaction.objectStore('conversations');
  if (urns.length < MANY)
    return { row: (urn) => conversations.get(urn), pageKeys: () => undefined };
  const sorted = [...urns].sort(compareText);
  const [from, to] = [sorted[0] as string, sorted[sorted.length - 1] as string];
  const maxRows = ROWS_EACH * urns.length;
  const maxKeys = KEYS_EACH * urns.length;
  const [rows, keys] = await Promise.all([
    conversations.getAll(IDBKeyRange.bound(from, to), maxRows),
    transaction.objectStore('pages').getAllKeys(IDBKeyRange.bound([from], [to, []]), maxKeys),
  ]);
  const rowOf = new Map(rows.map((row) => [row.urn, row]));
  const keysOf = new Map(sorted.map((urn) => [urn, [] as PageKey[]]));
  for (const key of keys) keysOf.get(key[0])?.push(key);
  // Where a limit cut the answer off, what follows is unknown; of pages, also the rest of the last conversation.
  const rowsUpTo = rows.length < maxRows ? to : (rows.at(-1)?.urn ?? '');
  const keysBefore = keys.length < maxKeys ? undefined : (keys.at(-1)?.[0] ?? '');
  return {
    row: async (urn) => (urn <= rowsUpTo ? rowOf.get(urn) : conversations.get(urn)),
    pageKeys: (urn) => (keysBefore === undefined || urn < keysBefore ? keysOf.get(urn) : undefined),
  };
}
