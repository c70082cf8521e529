import { untilAborted } from '../port/until-aborted.js';

/** Who waits for a turn. */
export interface TurnCaller {
  /** For messages, for example `create "a/b"`. */
  readonly task: string;
  readonly signal: AbortSignal | undefined;
}

/** Lets tasks of one key run one after the other. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * What the task gives, once all before it have ended, however they did. It begins even for a caller who has given up, and should
   * notice that by itself.
   *
   * @throws CloudError `aborted` for a caller who does not want to wait any more
   */
  run<Result>(key: string, caller: TurnCaller, task: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const turn = before.then(task);
    const ended = turn
      .catch(() => undefined)
      .then(() => {
        if (this.#last.get(key) === ended) this.#last.delete(key);
      });
    this.#last.set(key, ended);
    return untilAborted(turn, caller.signal, caller.task);
  }
}
