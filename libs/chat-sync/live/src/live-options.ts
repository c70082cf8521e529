import { InjectionToken } from '@angular/core';
import { type LiveOptions, type LiveServiceWorker, type LiveSync } from '@chat-vault/live-sync';

/** Something, or a function that is called in an injection context; it may read signals, and is asked again when they change. */
type Asked<Value> = Value | (() => Value);

/** What `withLiveSync` is told. Where the address or the person changes, the old connection is closed and a new one opened. */
export interface LiveSyncOptions {
  /** Address of the server; `/api/sync` is appended. `null`: there is none, and nothing runs. */
  readonly url: Asked<string | null>;
  /** Who is signed in, the `sub` of the token. `null`: nobody, and nothing runs. */
  readonly userId: Asked<string | null>;
  /**
   * A token that the server takes, called in an injection context before requests; `refused` is the one that it no longer takes.
   * `null` asks the person to sign in again; a rejection is taken for a missing network.
   */
  readonly token: (refused?: string) => Promise<string | null>;
  /**
   * The service worker that is to hold the connection (`@chat-vault/live-sync/service-worker`), called in an injection context when a connection
   * is opened; registering it may be done there. `null`, and the default: there is none, a tab holds it.
   */
  readonly serviceWorker?: () => LiveServiceWorker | null;
}

/** The options of `withLiveSync`. */
export const LIVE_OPTIONS = new InjectionToken<LiveSyncOptions>('LIVE_OPTIONS');

/** Opens live sync in place of `@chat-vault/live-sync`; for tests. */
export const LIVE_OPENER = new InjectionToken<(options: LiveOptions) => Promise<LiveSync>>(
  'LIVE_OPENER',
);
