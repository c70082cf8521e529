import { LiveError } from '../live-error.js';

/** Runs something whose signal is aborted when `signal` is, or after so many milliseconds; rejects with the reason at once. */
export async function withDeadline<Result>(
  ms: number,
  after: (ms: number, run: () => void) => () => void,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  signal.addEventListener('abort', stop);
  const cancel = after(ms, () =>
    controller.abort(new LiveError('timeout', `live-sync: no answer within ${ms / 1000} s`)),
  );
  try {
    return await unlessAborted(controller.signal, run(controller.signal));
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
  }
}

/** The outcome of a promise, or the reason of the signal when that comes first. */
export function unlessAborted<Result>(
  signal: AbortSignal,
  promise: Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise
      .then(resolve, (error: unknown) => reject(signal.aborted ? signal.reason : error))
      .finally(() => signal.removeEventListener('abort', stop));
  });
}
