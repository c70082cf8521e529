import { type Timers } from '../timers.ts';

interface Pending {
  at: number;
  readonly every: number | undefined;
  readonly run: () => void;
}

/** Time that stands still until a test moves it. */
export class ManualTimers implements Timers {
  #now: number;
  readonly #pending = new Set<Pending>();

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    return this.#add(ms, undefined, run);
  }

  every(ms: number, run: () => void): () => void {
    return this.#add(ms, ms, run);
  }

  /** How many timers are set. */
  get size(): number {
    return this.#pending.size;
  }

  /** Lets so much time pass, running what is due in its order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#pending].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#now = Math.max(this.#now, due.at);
      if (due.every === undefined) this.#pending.delete(due);
      else due.at += due.every;
      due.run();
    }
    this.#now = end;
  }

  #add(ms: number, every: number | undefined, run: () => void): () => void {
    const pending = { at: this.#now + ms, every, run };
    this.#pending.add(pending);
    return () => this.#pending.delete(pending);
  }
}
