/** Everything ambient that the engine uses, so that a test or a simulation can decide it. */
export interface Environment {
  /** Wall clock, Unix milliseconds. */
  now(): number;
  /** Milliseconds since any fixed moment; never goes back. */
  monotonic(): number;
  /** Resolves after `ms`, rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** In [0, 1). */
  random(): number;
  /** A new UUIDv7, lower case. */
  uuid(): string;
  /** Lets other work of the thread run; called between pieces of long computations. */
  yield(): Promise<void>;
}
