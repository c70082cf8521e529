import { Subject } from 'rxjs';
import { type EntityTransition } from './data-change.js';

/** Collects what changes together, and tells it once: of each entity only how it was before and how it is in the end. */
export class Transactions {
  /** What was touched; an entity may be as it was. */
  readonly touched$ = new Subject<readonly EntityTransition[]>();
  /** What is another than before. */
  readonly changes$ = new Subject<readonly EntityTransition[]>();
  #open = 0;
  #collected = new Map<string, EntityTransition>();
  #isTelling = false;

  /** Runs something whose changes are told together, also when it throws; inside of another one, with those of the outer. */
  run<Result>(work: () => Result): Result {
    this.#open += 1;
    try {
      return work();
    } finally {
      this.#open -= 1;
      if (this.#open === 0) this.#tell();
    }
  }

  /** Notes a change; only inside of `run`. */
  add(change: EntityTransition): void {
    const place = JSON.stringify([change.entityName, change.id]);
    const earlier = this.#collected.get(place);
    this.#collected.set(place, earlier ? { ...change, before: earlier.before } : change);
  }

  close(): void {
    this.touched$.complete();
    this.changes$.complete();
  }

  /** What an observer changes is told after what it was told, so that all observers hear the same order. */
  #tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      while (this.#collected.size > 0) {
        const touched = [...this.#collected.values()];
        this.#collected = new Map();
        const changes = touched.filter(({ before, after }) => before !== after);
        if (changes.length > 0) this.changes$.next(changes);
        this.touched$.next(touched);
      }
    } finally {
      this.#isTelling = false;
    }
  }
}
