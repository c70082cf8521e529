import { BOTTOM_POSITION, type ChatStorage, type MessagePosition } from '@chat-vault/chat-storage';
import { CloudError } from '@chat-vault/cloud-storage';
import { type ChatVaultError } from '@chat-vault/core';
import { type HistoryPage, type RunOptions } from '@chat-vault/vault-engine';
import { toChatVaultError } from '../sync/chat-sync-error';
import { type Engine } from '../sync/engine-factory';
import { comparePositions, depthOf } from './position';

/** Which page: the newest `limit` messages older than `before`. */
export interface HistoryQuery {
  readonly conversationUrn: string;
  readonly before?: MessagePosition;
  readonly limit: number;
}

/** What the reader needs of a connected provider. */
export interface HistoryProvider {
  open(options: { readonly interactive: boolean }): Promise<Engine>;
  /** Lets a failure be the provider's status. */
  fail(error: ChatVaultError): void;
}

/** Each round lowers what one of the providers reached; so many empty ones in a row mean that one of them does not. */
const MAX_ROUNDS = 100;

/**
 * A page without gaps over all connected providers. Each is asked in turn, so that each brings what it has of the page to this device; the
 * last answer then has everything, down to the place that every provider reached. A provider that fails makes the page incomplete.
 *
 * @throws the signal's reason when aborted; StorageError
 */
export async function readOlderPage(
  storage: ChatStorage,
  providers: readonly HistoryProvider[],
  query: HistoryQuery,
  options: RunOptions,
): Promise<HistoryPage> {
  for (let round = 1; ; round += 1) {
    const pages: HistoryPage[] = [];
    let failed: ChatVaultError | undefined;
    for (const provider of providers) {
      const answer = await askProvider(provider, query, options);
      if ('page' in answer) pages.push(answer.page);
      else failed = answer.error;
    }
    const last = failed ? undefined : pages.at(-1);
    const page = combine(last ?? (await readLocalPage(storage, query)), pages, query, failed);
    // One provider's deletions can leave nothing of another one's page; then that one reaches further the next time.
    const isFinal = page.messages.length > 0 || !page.hasOlder || page.incomplete;
    if (isFinal || pages.length < 2 || round === MAX_ROUNDS) return page;
  }
}

async function askProvider(
  provider: HistoryProvider,
  query: HistoryQuery,
  options: RunOptions,
): Promise<{ readonly page: HistoryPage } | { readonly error: ChatVaultError }> {
  options.signal?.throwIfAborted();
  try {
    const engine = await provider.open({ interactive: false });
    const page = await engine.loadOlder(query, options);
    if (page.error instanceof CloudError && !isOfFile(page.error)) provider.fail(page.error);
    return { page };
  } catch (thrown) {
    options.signal?.throwIfAborted();
    // What is on this device can be shown all the same.
    const error = toChatVaultError(thrown);
    provider.fail(error);
    return { error };
  }
}

/** Whether the failure concerns one file only; the sync reports and mends that. */
const isOfFile = ({ code }: CloudError): boolean => code === 'not-found' || code === 'invalid';

async function readLocalPage(storage: ChatStorage, query: HistoryQuery): Promise<HistoryPage> {
  const { messages, reactions, hasMore } = await storage.history(query);
  return { messages, reactions, hasOlder: hasMore, incomplete: false };
}

/** The last page, cut where another provider's ended higher up; not cut when it is incomplete anyway. */
function combine(
  last: HistoryPage,
  pages: readonly HistoryPage[],
  { before }: HistoryQuery,
  failed?: ChatVaultError,
): HistoryPage {
  const incomplete = failed !== undefined || pages.some((page) => page.incomplete);
  const depth = pages
    .map((page) => depthOf(page, before))
    .reduce((high, place) => (comparePositions(place, high) > 0 ? place : high), BOTTOM_POSITION);
  const messages = incomplete
    ? last.messages
    : last.messages.filter((message) => comparePositions(message, depth) >= 0);
  const ids = new Set(messages.map(({ id }) => id));
  const error = failed ?? pages.find((page) => page.error)?.error;
  return {
    ...last,
    messages,
    reactions: last.reactions.filter(({ messageId }) => ids.has(messageId)),
    hasOlder: last.hasOlder || pages.some(({ hasOlder }) => hasOlder),
    incomplete,
    ...(error && { error }),
  };
}
