import { type Timers } from '../timers.ts';

/** People of whom nothing was heard for this long are forgotten: their bucket is full again. */
const SWEEP_MS = 60_000;

/**
 * A bucket of tokens for each person: what it holds is the burst, and it fills at a steady rate. Of this instance only: people
 * may do so much on each.
 */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #timers: Timers;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  readonly #stop: () => void;

  constructor(options: {
    readonly perSecond: number;
    readonly burst: number;
    readonly timers: Timers;
  }) {
    this.#perSecond = options.perSecond;
    this.#burst = options.burst;
    this.#timers = options.timers;
    this.#stop = options.timers.every(SWEEP_MS, () => this.#sweep());
  }

  /** Takes so many tokens; 0 when they were there, else the seconds to wait, with none taken. */
  take(userId: string, tokens: number): number {
    const bucket = this.#bucket(userId);
    if (bucket.tokens >= tokens) {
      bucket.tokens -= tokens;
      return 0;
    }
    return Math.max(
      1,
      Math.ceil((Math.min(tokens, this.#burst) - bucket.tokens) / this.#perSecond),
    );
  }

  /** Ends its timer. */
  close(): void {
    this.#stop();
  }

  /** How many people it remembers. */
  get size(): number {
    return this.#buckets.size;
  }

  #bucket(userId: string): { tokens: number; at: number } {
    const now = this.#timers.now();
    const known = this.#buckets.get(userId) ?? { tokens: this.#burst, at: now };
    const gained = (Math.max(0, now - known.at) / 1000) * this.#perSecond;
    known.tokens = Math.min(this.#burst, known.tokens + gained);
    known.at = now;
    this.#buckets.set(userId, known);
    return known;
  }

  #sweep(): void {
    const now = this.#timers.now();
    for (const [userId, { tokens, at }] of this.#buckets) {
      if (tokens + ((now - at) / 1000) * this.#perSecond >= this.#burst) {
        this.#buckets.delete(userId);
      }
    }
  }
}
