import { type CloudError } from '../port/cloud-error.js';
import { type CloudStorage } from '../port/cloud-storage.js';
import { signInOf } from '../port/sign-in.js';
import { sleep as sleepForReal, type Sleep } from '../time/sleep.js';
import { CallSlots } from './call-slots.js';
import { ServiceGate } from './service-gate.js';

/** How patient and how polite `withRetry` is. Times are in milliseconds. */
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
  /** Calls under way at once; default 6. */
  readonly atOnce?: number;
  /** Tries in a row, of all calls, that meet `unavailable` or `rate-limited` before the service is left to rest; default 10. */
  readonly restAfter?: number;
  /** The first rest is random from half of this to all of it, each further one without an answer twice as long; default 30,000. */
  readonly restMs?: number;
  /** The greatest rest; default 900,000. */
  readonly maxRestMs?: number;
  /** Told for how long when calls wait as the service asked to, and `null` when none does any more. Other waits between tries are short. */
  readonly onWait?: (ms: number | null) => void;
  readonly sleep?: Sleep;
  /** From 0 up to but not 1. */
  readonly random?: () => number;
  /** A clock that never goes back, in milliseconds; default `performance.now`. */
  readonly now?: () => number;
}

/**
 * Repeats calls that may pass: `unavailable` and `rate-limited` with exponential backoff and full jitter, `offline` less often, and
 * `unauthorized` once, as services throttle with 401 too. All else fails at once. Repeating is safe: `create` of the same bytes is
 * success when an earlier try arrived and only its reply was lost, and `remove` of an absent file is success.
 *
 * It is polite as well: at most six calls are under way at once. When the service says how long to wait (`retryAfterMs`), every call
 * through this wrapper waits that long, then one goes first, and the others follow when that one was answered. A service that keeps
 * failing rests: calls reject at once with `unavailable` and the time left as `retryAfterMs`, until one is let through to try.
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

const createRetry = (given: RetryPolicy): Retry => {
  const policy = { ...DEFAULTS, ...given };
  const slots = new CallSlots(policy.atOnce);
  const gate = new ServiceGate(policy);
  return async (call, signal) => {
    gate.throwIfResting();
    for (let tries = 1; ; tries += 1) {
      const attempt = await slots.run(() => gate.attempt(call, signal), signal);
      if (attempt.kind === 'done') return attempt.result;
      const { error } = attempt;
      const waitMs = planRetry(error, tries, policy);
      if (waitMs === undefined) throw error;
      gate.throwIfResting(error);
      if (error.retryAfterMs === undefined) await policy.sleep(waitMs, signal);
      else await gate.wait(waitMs, signal);
    }
  };
};

const DEFAULTS: Required<RetryPolicy> = {
  tries: 5,
  offlineTries: 2,
  baseMs: 500,
  maxMs: 30_000,
  maxRetryAfterMs: 120_000,
  atOnce: 6,
  restAfter: 10,
  restMs: 30_000,
  maxRestMs: 900_000,
  onWait: () => undefined,
  sleep: sleepForReal,
  random: Math.random,
  now: () => performance.now(),
};

/** How long to wait before the next try after so many, or `undefined` to give up. */
const planRetry = (
  error: CloudError,
  tries: number,
  policy: Required<RetryPolicy>,
): number | undefined => {
  const { baseMs, maxMs, maxRetryAfterMs, random } = policy;
  if (tries >= triesFor(error, policy)) return undefined;
  if (error.retryAfterMs === undefined) {
    return random() * Math.min(maxMs, baseMs * 2 ** (tries - 1));
  }
  return error.retryAfterMs > maxRetryAfterMs ? undefined : error.retryAfterMs + random() * baseMs;
};

const triesFor = (error: CloudError, policy: Required<RetryPolicy>): number => {
  switch (error.code) {
    case 'unavailable':
    case 'rate-limited':
      return policy.tries;
    case 'offline':
      return policy.offlineTries;
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
