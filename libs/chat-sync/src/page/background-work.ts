import { Service } from '@angular/core';

/** What is under way in the background, so that a test can wait for it. Never keeps the application from being stable. */
@Service()
export class BackgroundWork {
  readonly #running = new Set<Promise<unknown>>();

  /** Gives the promise back. */
  track<Result>(work: Promise<Result>): Promise<Result> {
    this.#running.add(work);
    const forget = () => this.#running.delete(work);
    work.then(forget, forget);
    return work;
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  /** Resolves when all of it has ended, well or not, with what it started meanwhile. */
  async settled(): Promise<void> {
    while (!this.isIdle) await Promise.allSettled(this.#running);
  }
}
