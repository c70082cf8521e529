/** Time and waiting, passed in, so that tests decide both. */
export interface Timers {
  /** Unix milliseconds. */
  now(): number;
  /** Runs once after so many milliseconds; gives what takes it back. */
  after(ms: number, run: () => void): () => void;
  /** Runs every so many milliseconds; gives what ends it. */
  every(ms: number, run: () => void): () => void;
}

/** Does nothing: for what has nothing to take back yet, and for failures that change nothing. */
export const doNothing = (): void => undefined;

/** The machine's clock. A timer does not keep the process alive. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
  every(ms, run) {
    const timer = setInterval(run, ms).unref();
    return () => clearInterval(timer);
  },
};
