import { type EntitySyncEnvironment } from './environment.js';

/** The clock, chance, timers and events of the page, worker or process. */
export function defaultEnvironment(): EntitySyncEnvironment {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    isOnline: () => globalThis.navigator?.onLine !== false,
    onReconnect: (run) => listen(globalThis, 'online', run),
    onLeave: (run) => {
      const page = globalThis.document;
      const ends = [
        listen(globalThis, 'pagehide', run),
        listen(page, 'visibilitychange', () => page.visibilityState === 'hidden' && run()),
      ];
      return () => ends.forEach((end) => end());
    },
  };
}

function listen(
  target: Partial<EventTarget> | undefined,
  name: string,
  run: () => void,
): () => void {
  target?.addEventListener?.(name, run);
  return () => target?.removeEventListener?.(name, run);
}
