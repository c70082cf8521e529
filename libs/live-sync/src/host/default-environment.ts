import { type HostEnvironment, type HostPage } from './host-environment.js';

/** The locks, channels, events and timers of the page or worker; asks for nothing before it is called. */
export function defaultHostEnvironment(): HostEnvironment {
  const { navigator, document, BroadcastChannel: Channel, performance, crypto } = globalThis;
  // Node has locks and channels too, but no tabs.
  const isBrowser = document !== undefined || 'WorkerGlobalScope' in globalThis;
  return {
    locks: (isBrowser && navigator?.locks) || null,
    openChannel: isBrowser && Channel ? (name) => new Channel(name) : null,
    page: document ? createHostPage(document, globalThis) : null,
    elapsed: () => performance.now(),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    newId: () => crypto.randomUUID(),
  };
}

/** A page as its document and its window tell of it. */
export function createHostPage(
  document: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>,
  window: Pick<EventTarget, 'addEventListener' | 'removeEventListener'>,
): HostPage {
  const isVisible = (): boolean => document.visibilityState === 'visible';
  return {
    isVisible,
    listen: (then) => {
      const isKept = (event: Event): boolean => (event as PageTransitionEvent).persisted;
      const listeners: readonly [
        Pick<EventTarget, 'addEventListener' | 'removeEventListener'>,
        string,
        (event: Event) => void,
      ][] = [
        [document, 'visibilitychange', () => then(isVisible() ? 'visible' : 'hidden')],
        [document, 'freeze', () => then('freeze')],
        [document, 'resume', () => then('resume')],
        [window, 'online', () => then('online')],
        // What goes into the page cache is frozen there; not all browsers have `freeze`.
        [window, 'pagehide', (event) => then(isKept(event) ? 'freeze' : 'hidden')],
        [window, 'pageshow', (event) => isKept(event) && then('resume')],
      ];
      for (const [target, name, run] of listeners) target.addEventListener(name, run);
      return () => {
        for (const [target, name, run] of listeners) target.removeEventListener(name, run);
      };
    },
  };
}
