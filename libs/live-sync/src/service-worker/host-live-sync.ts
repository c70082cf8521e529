import { type ChatStorage } from '@chat-vault/chat-storage';
import { connectLive } from '../client/live-connection.js';
import { defaultHostEnvironment } from '../host/default-environment.js';
import { type LiveAccount } from '../host/worker-messages.js';
import { startLiveWorker } from './live-worker.js';
import { type LiveWorkerScope } from './live-worker-scope.js';

/** What `hostLiveSync` needs. */
export interface LiveHostWorkerOptions {
  /** Opens the database that the pages of this account have open, with the same settings. */
  readonly openStorage: (account: LiveAccount) => Promise<ChatStorage>;
  /**
   * A token for when no page answers, as after the last was closed. Without it the worker has then only the last one that a page gave it, and
   * none once it was restarted: what waits is sent when the application is opened again.
   */
  readonly token?: (account: LiveAccount, refused?: string) => Promise<string | null>;
}

/**
 * Holds the connections of live sync in a service worker: call it once, at the top of the worker's script, with `self`. Pages ask for
 * theirs (`serviceWorker` of `LiveOptions`) and give it their access tokens, which it keeps in memory only.
 * It listens to `message` and `sync` and to nothing of others, so that it goes along with any other worker code.
 */
export function hostLiveSync(
  scope: LiveWorkerScope,
  { openStorage, token: ownToken }: LiveHostWorkerOptions,
): void {
  startLiveWorker({
    scope,
    openStorage,
    ...(ownToken && { ownToken }),
    connect: ({ account: { url, userId }, storage, token, fence }) =>
      connectLive({ storage, url, userId, token, fence }),
    environment: { ...defaultHostEnvironment(), page: null },
  });
}
