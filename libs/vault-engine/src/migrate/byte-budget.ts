/** Lets work begin while the bytes under way stay below a limit, in the order of asking; what is larger than the limit goes alone. */
export class ByteBudget {
  readonly #limit: number;
  readonly #waiting: { readonly bytes: number; readonly begin: () => void }[] = [];
  #underWay = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Does the work when there is room for it. */
  async spend<Result>(bytes: number, work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting.length > 0 || !this.#hasRoom(bytes)) {
      await new Promise<void>((begin) => this.#waiting.push({ bytes, begin }));
    } else {
      this.#underWay += bytes;
    }
    try {
      return await work();
    } finally {
      this.#underWay -= bytes;
      this.#letIn();
    }
  }

  #letIn(): void {
    for (;;) {
      const [next] = this.#waiting;
      if (!next || !this.#hasRoom(next.bytes)) return;
      this.#waiting.shift();
      this.#underWay += next.bytes;
      next.begin();
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#underWay === 0 || this.#underWay + bytes <= this.#limit;
  }
}
