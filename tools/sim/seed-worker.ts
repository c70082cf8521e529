import { type ChildProcess, fork } from 'node:child_process';

/** What is played: a seed, and what of it. */
export interface Task {
  readonly seed: number;
  readonly options: object;
  /** Whether to look for the least that still fails. */
  readonly isShrunk: boolean;
}

/** How it ended. */
export interface Answer {
  readonly seed: number;
  /** The hash of what happened, when all rules held. */
  readonly hash?: string;
  /** Which rule did not hold, and what was done. */
  readonly failure?: string;
  /** The least that still fails. */
  readonly script?: { readonly options: object; readonly failure: string };
}

/** A scenario that takes longer waits for something that never comes. */
const LIMIT_MS = 5 * 60_000;
/** Cutting one down plays it many times. */
const SHRINK_LIMIT_MS = 30 * 60_000;

/** One process that plays seeds, started anew when a seed ends it or never ends. */
export class SeedWorker {
  readonly #program: string;
  #process: ChildProcess | undefined;

  constructor(program: string) {
    this.#program = program;
  }

  play(task: Task): Promise<Answer> {
    const child = (this.#process ??= fork(this.#program, {
      execArgv: ['--enable-source-maps', '--max-semi-space-size=32'],
    }));
    return new Promise((resolve) => {
      const end = (answer: Answer) => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(answer);
      };
      const lost = (failure: string) => {
        this.close();
        end({ seed: task.seed, failure: `seed ${task.seed}: ${failure}` });
      };
      const limit = task.isShrunk ? SHRINK_LIMIT_MS : LIMIT_MS;
      const timer = setTimeout(() => lost('still running, so it hangs'), limit);
      child.on('message', (answer: Answer) => end(answer));
      child.on('exit', (code) =>
        lost(`its process ended with ${code}: it waits for what never comes`),
      );
      child.send(task);
    });
  }

  close(): void {
    this.#process?.removeAllListeners();
    this.#process?.kill();
    this.#process = undefined;
  }
}
