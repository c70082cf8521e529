/** Time that stands still until a test moves it. */
export class ManualTime {
  #now: number;
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>();

  constructor(now: number) {
    this.#now = now;
  }

  readonly now = (): number => this.#now;

  readonly after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  /** When the next timer is due, milliseconds from now; `undefined` when none is set. */
  get nextIn(): number | undefined {
    const due = [...this.#timers].map(({ at }) => at - this.#now);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** Lets so much time pass, running what is due in its order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [due] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
    }
    this.#now = end;
  }

  /** Sets the wall clock, as a person does; timers are not moved by that. */
  set(now: number): void {
    const moved = [...this.#timers].map(({ at, run }) => ({ at: at + now - this.#now, run }));
    this.#timers.clear();
    for (const timer of moved) this.#timers.add(timer);
    this.#now = now;
  }
}
