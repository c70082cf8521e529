import { abortedError, throwIfAborted } from './abort.js';

/**
 * What the promise gives, unless the caller gives up first; the work behind it goes on for others.
 *
 * @throws CloudError `aborted`
 */
export const untilAborted = <Result>(
  promise: Promise<Result>,
  signal: AbortSignal | undefined,
  task: string,
): Promise<Result> => {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortedError(signal, task));
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    throwIfAborted(signal, task);
  });
};
