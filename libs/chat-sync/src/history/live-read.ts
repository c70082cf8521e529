/** Repeats a read whenever asked: one at a time, and one more for all that was asked meanwhile. */
export class LiveRead {
  readonly #read: () => Promise<void>;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  /** The read must not reject. */
  constructor(read: () => Promise<void>) {
    this.#read = read;
  }

  /** Resolves when a read that began after this call has ended. */
  request(): Promise<void> {
    if (!this.#running) return this.#begin();
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      return this.#begin();
    });
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#running = this.#read().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }
}
