/** What may end a pause early: any sign that it could work now, only what the person asks for, or nothing. */
export type Waking = 'sign' | 'person' | 'nothing';

/** One wait at a time, which may be ended early. */
export class Pause {
  readonly #after: (ms: number, run: () => void) => () => void;
  #end: (() => void) | undefined;
  #by: Waking = 'nothing';

  constructor(after: (ms: number, run: () => void) => () => void) {
    this.#after = after;
  }

  /** Resolves after so many milliseconds (never by itself with `null`), or when it is woken. */
  wait(ms: number | null, by: Waking): Promise<void> {
    this.end();
    return new Promise((resolve) => {
      this.#by = by;
      const cancel = ms === null ? undefined : this.#after(ms, () => this.end());
      this.#end = () => {
        this.#end = undefined;
        cancel?.();
        resolve();
      };
    });
  }

  /** Something happened after which it could work. */
  sign(): void {
    if (this.#by === 'sign') this.end();
  }

  /** The person asks for it; whether that is heard. */
  ask(): boolean {
    if (!this.#end) return true;
    if (this.#by === 'nothing') return false;
    this.end();
    return true;
  }

  /** Ends it in any case. */
  end(): void {
    this.#end?.();
  }
}
