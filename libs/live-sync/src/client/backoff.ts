/** The first wait, and the longest, milliseconds. */
const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/** How long to wait after failures in a row: from 1 s doubling to 30 s, of which at most half is left to chance. */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** The wait after one more failure, milliseconds. */
  next(): number {
    const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures++;
    return Math.round(full * (0.5 + this.#random() / 2));
  }

  /** All is well again. */
  reset(): void {
    this.#failures = 0;
  }
}
