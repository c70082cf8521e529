import { throwIfAborted } from '../port/abort.js';
import { untilAborted } from '../port/until-aborted.js';

/** Runs tasks one after the other, in the order in which they came. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * What the task gives, once all before it have ended, however they did.
   *
   * @throws CloudError `aborted` for a caller who does not want to wait any more
   */
  run<Result>(
    task: () => Promise<Result>,
    signal: AbortSignal | undefined,
    name: string,
  ): Promise<Result> {
    const turn = this.#last.then(async () => {
      throwIfAborted(signal, name);
      return task();
    });
    this.#last = turn.catch(() => undefined);
    return untilAborted(turn, signal, name);
  }
}
