/** Times from the year 2100 on come from wrong clocks and are not followed. */
export const FOLLOW_BEFORE_MS = Date.UTC(2100, 0, 1);

const DAY_MS = 24 * 60 * 60 * 1000;
/** The latest moment that a `Date` can show. */
const LATEST_MS = 8.64e15;

/**
 * Times of saves and deletions: those of the wall clock, but later than all this device has made or seen. So a clock that is slow, or that was
 * set back, does not make a person's newest edit look old.
 */
export class EntityClock {
  readonly #now: () => number;
  #lastMs = 0;

  /** `now` gives Unix milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A new time, later than all before and than `afterMs`, what is known of the id in question. */
  next(afterMs = -Infinity): Date {
    this.#lastMs = this.peek().getTime();
    this.observe(afterMs + 1);
    return new Date(Math.min(Math.max(this.#lastMs, afterMs + 1), LATEST_MS));
  }

  /** The time that `next` would give. */
  peek(): Date {
    const wallMs = Math.min(Math.max(0, Math.floor(this.#now())), FOLLOW_BEFORE_MS - DAY_MS);
    return new Date(Math.max(wallMs, this.#lastMs + 1));
  }

  /** Follows a time of another device, Unix ms. */
  observe(ms: number): void {
    if (ms > this.#lastMs && ms < FOLLOW_BEFORE_MS) this.#lastMs = Math.floor(ms);
  }
}
