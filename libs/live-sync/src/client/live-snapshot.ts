import { type LiveError } from '../live-error.js';

/**
 * `offline`: the device has no network. `connecting`: asking the server, or soon again. `syncing`: receiving what was missed. `live`: up to
 * date, and what happens comes at once. `auth-error`: waits for `signedIn()`. `sync-error`: the server or this device
 * refuses. `connection-error`: the server cannot be reached.
 */
export type LiveState =
  'offline' | 'connecting' | 'syncing' | 'live' | 'auth-error' | 'sync-error' | 'connection-error';

/** How live sync stands, all at one moment. */
export interface LiveSnapshot {
  readonly state: LiveState;
  /** Operations that the server has not answered. */
  readonly pending: number;
  /** Operations that the server refused, kept until the person retries or drops them. */
  readonly rejected: number;
  /** Why, with `auth-error`, `sync-error` and `connection-error`. */
  readonly error: LiveError | null;
  /** When it tries again by itself, Unix milliseconds. */
  readonly retryAt: number | null;
  /** Who is signed in (`sub` of the token). */
  readonly userId: string | null;
}

/** Whether two snapshots say the same. */
export const isSameSnapshot = (a: LiveSnapshot, b: LiveSnapshot): boolean =>
  a.state === b.state &&
  a.pending === b.pending &&
  a.rejected === b.rejected &&
  a.error?.code === b.error?.code &&
  a.error?.message === b.error?.message &&
  a.retryAt === b.retryAt &&
  a.userId === b.userId;

/** The state that an error leads to. */
export function errorToState(error: LiveError): LiveState {
  switch (error.code) {
    case 'signed-out':
    case 'unauthorized':
    case 'wrong-account':
      return 'auth-error';
    case 'network':
    case 'timeout':
    case 'stream-broken':
    case 'unavailable':
      return 'connection-error';
    default:
      return 'sync-error';
  }
}
