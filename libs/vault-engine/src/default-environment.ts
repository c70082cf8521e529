import { v7 as uuidv7 } from 'uuid';
import { type Environment } from './environment.js';

/** The real clock, timers and randomness of the page, worker or process. */
export function defaultEnvironment(): Environment {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    uuid: () => uuidv7(),
    sleep,
    yield: yieldToOthers,
  };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/**
 * A macrotask, so that input and painting come in between; messages are not throttled like timers. Not `scheduler.yield()`:
 * what follows it runs before other tasks, and the answers of IndexedDB would wait for all that is decoded meanwhile.
 */
function yieldToOthers(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
