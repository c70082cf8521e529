import { abortedError } from '../port/abort.js';
import { CloudError } from '../port/cloud-error.js';
import { type Sleep } from '../time/sleep.js';

/** When a service is left alone, and for how long, in milliseconds. */
export interface GatePolicy {
  readonly restAfter: number;
  readonly restMs: number;
  readonly maxRestMs: number;
  readonly maxRetryAfterMs: number;
  readonly onWait: (ms: number | null) => void;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly now: () => number;
}

/** How one try of a call went. */
export type Attempt<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: CloudError };

/**
 * What all calls to a service know of its health. A service that asked to wait, or that failed so often in a row that it is left to
 * rest, hears nothing until the time is over; then from one call only, and from all others when that one was answered
 * (docs/decisions/0032-retry-after-is-shared.md).
 */
export class ServiceGate {
  readonly #policy: GatePolicy;
  #notBefore = -Infinity;
  #restUntil = -Infinity;
  /** Failures in a row, and rests without an answer since. */
  #failures = 0;
  #rests = 0;
  /** Counts what told us to keep quiet, so that the answer to an older call does not count as recovery. */
  #warnings = 0;
  #isInDoubt = false;
  /** Calls that wait as the service asked to, and until when the last of them does. */
  #waiting = 0;
  #waitsUntil = -Infinity;
  #probe: Promise<unknown> | undefined;

  constructor(policy: GatePolicy) {
    this.#policy = policy;
  }

  /**
   * Ends a call at once while the service rests.
   *
   * @throws CloudError `unavailable` with the time left
   */
  throwIfResting(cause?: CloudError): void {
    const leftMs = this.#restUntil - this.#policy.now();
    if (leftMs > 0) throw resting(leftMs, cause);
  }

  /**
   * Tries the call as soon as the service wants to hear from us.
   *
   * @throws CloudError without a request: `unavailable` while the service rests, `rate-limited` when it wants a longer wait than the
   * policy has patience for, `aborted`
   */
  async attempt<Result>(
    call: () => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Attempt<Result>> {
    for (;;) {
      await this.#untilAllowed(signal);
      if (!this.#isInDoubt) return this.#try(call);
      if (!this.#probe) {
        const probe = this.#try(call).finally(() => (this.#probe = undefined));
        this.#probe = probe;
        return probe;
      }
      await settled(this.#probe, signal);
    }
  }

  async #untilAllowed(signal: AbortSignal | undefined): Promise<void> {
    const { now, maxRetryAfterMs } = this.#policy;
    for (;;) {
      this.throwIfResting();
      const leftMs = this.#notBefore - now();
      if (leftMs <= 0) return;
      if (leftMs > maxRetryAfterMs) throw askedToWait(leftMs);
      await this.wait(leftMs, signal);
    }
  }

  /**
   * Waits as the service asked to, which is told while it lasts.
   *
   * @throws CloudError `aborted`
   */
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    const { now, onWait, sleep } = this.#policy;
    const until = now() + ms;
    this.#waiting += 1;
    if (until > this.#waitsUntil) {
      this.#waitsUntil = until;
      onWait(ms);
    }
    try {
      await sleep(ms, signal);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) {
        this.#waitsUntil = -Infinity;
        onWait(null);
      }
    }
  }

  async #try<Result>(call: () => Promise<Result>): Promise<Attempt<Result>> {
    const warnings = this.#warnings;
    try {
      const result = await call();
      this.#recover(warnings);
      return { kind: 'done', result };
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      this.#note(error, warnings);
      return { kind: 'failed', error };
    }
  }

  #note(error: CloudError, warnings: number): void {
    const { now, restAfter } = this.#policy;
    if (error.retryAfterMs !== undefined) {
      this.#notBefore = Math.max(this.#notBefore, now() + error.retryAfterMs);
      this.#warn();
    }
    if (error.code === 'unavailable' || error.code === 'rate-limited') {
      this.#failures += 1;
      if (this.#failures >= restAfter && now() >= this.#restUntil) this.#rest();
    } else if (error.code !== 'offline' && error.code !== 'aborted') {
      this.#recover(warnings);
    }
  }

  #rest(): void {
    const { now, random, restMs, maxRestMs } = this.#policy;
    const fullMs = Math.min(maxRestMs, restMs * 2 ** this.#rests);
    this.#rests += 1;
    this.#restUntil = now() + fullMs * (0.5 + random() / 2);
    this.#warn();
  }

  #warn(): void {
    this.#warnings += 1;
    this.#isInDoubt = true;
  }

  /** The service answered; whether that is news depends on what it said since the call began. */
  #recover(warnings: number): void {
    if (warnings !== this.#warnings) return;
    this.#isInDoubt = false;
    this.#failures = 0;
    this.#rests = 0;
  }
}

/** Waits until the promise is settled, however, or the caller gives up. */
const settled = (promise: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const onAbort = () => {
      if (signal) reject(abortedError(signal, 'a call that waited for another one'));
    };
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    const finish = () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    promise.then(finish, finish);
  });

const seconds = (ms: number): number => Math.ceil(ms / 1000);

const askedToWait = (leftMs: number): CloudError =>
  new CloudError(
    'rate-limited',
    `cloud-storage: the service asked to wait another ${seconds(leftMs)} s; nothing was sent`,
    { retryAfterMs: leftMs },
  );

const resting = (leftMs: number, cause: CloudError | undefined): CloudError =>
  new CloudError(
    'unavailable',
    `cloud-storage: the service failed again and again and is left alone for another ${seconds(leftMs)} s; nothing was sent`,
    { retryAfterMs: leftMs, ...(cause && { cause }) },
  );
