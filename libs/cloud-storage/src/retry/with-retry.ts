import { CloudError } from '../port/cloud-error.js';
import { type CloudStorage } from '../port/cloud-storage.js';
import { signInOf } from '../port/sign-in.js';
import { sleep as sleepForReal, type Sleep } from '../time/sleep.js';

/** How patient `withRetry` is. Times are in milliseconds. */
export interface RetryPolicy {
  /** Tries in all of a call that met `unavailable` or `rate-limited`; default 5. */
  readonly tries?: number;
  /** Tries in all of a call that met `offline`; default 2, as a device without network should say so soon. */
  readonly offlineTries?: number;
  /** The first wait is random from 0 to this, each later one from 0 to twice as much; default 500. */
  readonly baseMs?: number;
  /** The greatest such wait; default 30,000. */
  readonly maxMs?: number;
  /** A service that asks to wait longer than this is not waited for: the call fails and says how long; default 120,000. */
  readonly maxRetryAfterMs?: number;
  readonly sleep?: Sleep;
  /** From 0 up to but not 1. */
  readonly random?: () => number;
  /** A clock that never goes back, in milliseconds; default `performance.now`. */
  readonly now?: () => number;
}

/**
 * Repeats calls that may pass: `unavailable` and `rate-limited` with exponential backoff and full jitter, `offline` less often, and
 * `unauthorized` once, as services throttle with 401 too. All else fails at once. When the service says how long to wait
 * (`retryAfterMs`), every call through this wrapper waits that long, and then there is one try. Repeating is safe: `create` of the same
 * bytes is success when an earlier try arrived and only its reply was lost, and `remove` of an absent file is success.
 */
export const withRetry = (cloud: CloudStorage, policy: RetryPolicy = {}): CloudStorage => {
  const retry = createRetry(policy);
  return {
    providerId: cloud.providerId,
    displayName: cloud.displayName,
    ...(cloud.listingLagMs === undefined ? {} : { listingLagMs: cloud.listingLagMs }),
    list: (folder, options) => retry(() => cloud.list(folder, options), options?.signal),
    listFolders: (folder, options) =>
      retry(() => cloud.listFolders(folder, options), options?.signal),
    read: (path, options) => retry(() => cloud.read(path, options), options?.signal),
    create: (path, bytes, options) =>
      retry(() => cloud.create(path, bytes, options), options?.signal),
    remove: (path, options) => retry(() => cloud.remove(path, options), options?.signal),
    ...signInOf(cloud),
  };
};

type Retry = <Result>(call: () => Promise<Result>, signal?: AbortSignal) => Promise<Result>;

const createRetry = (policy: RetryPolicy): Retry => {
  const { maxRetryAfterMs = 120_000, sleep = sleepForReal } = policy;
  const now = policy.now ?? (() => performance.now());
  let notBefore = -Infinity;

  /** Lets nobody through before the service wants to hear from us again. */
  const waitForTurn = async (signal?: AbortSignal): Promise<void> => {
    for (let leftMs = notBefore - now(); leftMs > 0; leftMs = notBefore - now()) {
      if (leftMs > maxRetryAfterMs) throw askedToWait(leftMs);
      await sleep(leftMs, signal);
    }
  };

  return async (call, signal) => {
    for (let tries = 1; ; tries += 1) {
      await waitForTurn(signal);
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof CloudError)) throw error;
        if (error.retryAfterMs !== undefined) {
          notBefore = Math.max(notBefore, now() + error.retryAfterMs);
        }
        const waitMs = planRetry(error, tries, policy);
        if (waitMs === undefined) throw error;
        await sleep(waitMs, signal);
      }
    }
  };
};

/** How long to wait before the next try after so many, or `undefined` to give up. */
const planRetry = (error: CloudError, tries: number, policy: RetryPolicy): number | undefined => {
  const { baseMs = 500, maxMs = 30_000, maxRetryAfterMs = 120_000, random = Math.random } = policy;
  if (tries >= triesFor(error, policy)) return undefined;
  if (error.retryAfterMs === undefined) {
    return random() * Math.min(maxMs, baseMs * 2 ** (tries - 1));
  }
  return error.retryAfterMs > maxRetryAfterMs ? undefined : error.retryAfterMs + random() * baseMs;
};

const triesFor = (error: CloudError, policy: RetryPolicy): number => {
  switch (error.code) {
    case 'unavailable':
    case 'rate-limited':
      return policy.tries ?? 5;
    case 'offline':
      return policy.offlineTries ?? 2;
    case 'unauthorized':
      return 2;
    case 'not-found':
    case 'forbidden':
    case 'quota-exceeded':
    case 'conflict':
    case 'aborted':
    case 'invalid':
      return 1;
  }
};

const askedToWait = (leftMs: number): CloudError =>
  new CloudError(
    'rate-limited',
    `cloud-storage: the service asked to wait another ${Math.ceil(leftMs / 1000)} s; nothing was sent`,
    { retryAfterMs: leftMs },
  );
