import { type LiveEnvironment } from '../client/live-environment.js';
import { type LiveRequests } from '../client/live-requests.js';
import { readJson } from '../client/read-json.js';
import { withDeadline } from '../client/with-deadline.js';
import { LiveError } from '../live-error.js';
import { parsePullPage } from '../protocol/parse.js';
import { applyChanges } from '../store/apply-changes.js';
import { type LiveStore } from '../store/live-store.js';

/** How long a page may take, milliseconds. */
const PULL_MS = 60_000;

/** Changes of a page. */
const PAGE = 500;

/** Reads all that is new, page by page; each is committed with its cursor. @throws LiveError */
export async function pullPages({
  store,
  requests,
  environment,
  signal,
}: {
  readonly store: LiveStore;
  readonly requests: LiveRequests;
  readonly environment: Pick<LiveEnvironment, 'after'>;
  readonly signal: AbortSignal;
}): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const since = await store.cursor();
    const page = await withDeadline(PULL_MS, environment.after, signal, async (deadline) => {
      const init = { signal: deadline };
      const response = await requests.sendSince('/api/sync', { since, limit: PAGE }, init);
      return parsePullPage(await readJson(response));
    });
    const { changes, cursor, hasMore } = page;
    if (changes.length > 0 || cursor !== since) await applyChanges(store, changes, cursor);
    if (!hasMore) return;
    if (cursor === since) {
      throw new LiveError('protocol', 'live-sync: the server has more, but gives the same cursor');
    }
  }
}
