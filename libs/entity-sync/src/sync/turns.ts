const turnsOf = new WeakMap<object, Turns>();

/** Runs one thing after the other. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** The turns of one object, whoever uses it in this process. */
  static of(owner: object): Turns {
    const turns = turnsOf.get(owner) ?? new Turns();
    turnsOf.set(owner, turns);
    return turns;
  }

  /** Runs it when all before have ended, also those that failed. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
