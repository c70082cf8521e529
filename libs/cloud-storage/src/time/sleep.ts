import { abortedError, throwIfAborted } from '../port/abort.js';

/** Waits so many milliseconds; aborting ends the wait with `CloudError` `aborted`. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** `Sleep` on this machine's timers. */
export const sleep: Sleep = (ms, signal) => {
  throwIfAborted(signal, 'a wait');
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      if (signal) reject(abortedError(signal, 'a wait'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
};
