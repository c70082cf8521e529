import { type Clock } from './tab-lock';

/** While writes go on, so many quiet times pass at most. */
const MAX_QUIET_TIMES = 10;

/** Calls when writes have paused for a while. */
export class WriteTimer {
  readonly #clock: Clock;
  readonly #quietMs: number;
  readonly #call: () => void;
  #cancel: (() => void) | null = null;
  #deadline: number | null = null;

  /** With a quiet time of 0 it never calls. */
  constructor(clock: Clock, quietMs: number, call: () => void) {
    this.#clock = clock;
    this.#quietMs = quietMs;
    this.#call = call;
  }

  /** Something was written. */
  note(): void {
    if (this.#quietMs <= 0) return;
    const now = this.#clock.now();
    this.#deadline ??= now + MAX_QUIET_TIMES * this.#quietMs;
    this.#cancel?.();
    const waitMs = Math.max(0, Math.min(this.#quietMs, this.#deadline - now));
    this.#cancel = this.#clock.after(waitMs, () => this.#fire());
  }

  /** Calls now what is to be called in a moment. */
  hurry(): void {
    if (this.#cancel) this.#fire();
  }

  /** Forgets what was to be called. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = this.#deadline = null;
  }

  #fire(): void {
    this.stop();
    this.#call();
  }
}
