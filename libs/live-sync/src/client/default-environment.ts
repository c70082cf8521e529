import { type LiveEnvironment } from './live-environment.js';

/** The network, clock and timers of the page, worker or process. */
export function defaultLiveEnvironment(): LiveEnvironment {
  return {
    fetch: (url, init) => globalThis.fetch(url, init),
    now: () => Date.now(),
    random: () => Math.random(),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    newId: () => crypto.randomUUID(),
    // Node has a navigator that does not know.
    isOnline: () => globalThis.navigator?.onLine !== false,
    page: typeof globalThis.addEventListener === 'function' ? globalThis : null,
  };
}
