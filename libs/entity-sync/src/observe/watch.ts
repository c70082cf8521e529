/** What a watch looks at. */
export interface Watched<Kept, Given> {
  /** Looks it up; what is the same as before may be another object. */
  readonly read: () => Kept;
  readonly isSame: (a: Kept, b: Kept) => boolean;
  /** Makes what one observer is given, to do with as it likes. */
  readonly copy: (kept: Kept) => Given;
}

/** Told a value. */
export type Tell<Given> = (value: Given) => void;

/** One thing that any number of observers look at: looked up once for all of them after each change of the entities. */
export class Watch<Kept, Given> {
  readonly #watched: Watched<Kept, Given>;
  readonly #revision: () => number;
  /** By who is told: what it was told last. */
  readonly #observers = new Map<Tell<Given>, Kept>();
  #readAt = -1;
  #kept: Kept | undefined;

  /** `revision` gives another number after each change of the entities. */
  constructor(watched: Watched<Kept, Given>, revision: () => number) {
    this.#watched = watched;
    this.#revision = revision;
  }

  get isWatched(): boolean {
    return this.#observers.size > 0;
  }

  /** Tells how it is now, and from then on each change. */
  add(tell: Tell<Given>): void {
    const kept = this.#current();
    this.#observers.set(tell, kept);
    tell(this.#watched.copy(kept));
  }

  remove(tell: Tell<Given>): void {
    this.#observers.delete(tell);
  }

  /** Tells those who were told something else before. Who comes or goes meanwhile is told nothing old. */
  refresh(): void {
    const kept = this.#current();
    for (const tell of [...this.#observers.keys()]) {
      if (!this.#observers.has(tell) || this.#observers.get(tell) === kept) continue;
      this.#observers.set(tell, kept);
      tell(this.#watched.copy(kept));
    }
  }

  /** The same object as long as it is the same. */
  #current(): Kept {
    const revision = this.#revision();
    if (this.#readAt === revision) return this.#kept as Kept;
    const read = this.#watched.read();
    const isSame = this.#readAt >= 0 && this.#watched.isSame(this.#kept as Kept, read);
    if (!isSame) this.#kept = read;
    this.#readAt = revision;
    return this.#kept as Kept;
  }
}
