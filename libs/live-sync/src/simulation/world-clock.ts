/** Time that passes only when the test says so, and chance that a seed decides. */
export class WorldClock {
  /** Milliseconds since the start. */
  now = 0;
  readonly #events: { readonly at: number; readonly order: number; readonly run: () => void }[] =
    [];
  #order = 0;
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  }

  /** From 0 up to but not `end`. */
  below(end: number): number {
    // xorshift32, by George Marsaglia.
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % end;
  }

  after(ms: number, run: () => void): () => void {
    const event = { at: this.now + ms, order: this.#order++, run };
    this.#events.push(event);
    return () => {
      const index = this.#events.indexOf(event);
      if (index >= 0) this.#events.splice(index, 1);
    };
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#events.length;
  }

  /** Lets so much time pass, one event after the other; `check` looks on after each. */
  async pass(ms: number, check: () => void = () => undefined): Promise<void> {
    const end = this.now + ms;
    await settle();
    for (;;) {
      const next = this.#events
        .filter(({ at }) => at <= end)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!next) break;
      this.#events.splice(this.#events.indexOf(next), 1);
      this.now = Math.max(this.now, next.at);
      next.run();
      await settle();
      check();
    }
    this.now = end;
    check();
  }
}

/** Lets promises that wait for nothing else settle. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
