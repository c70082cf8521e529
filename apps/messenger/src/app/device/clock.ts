import { DestroyRef, InjectionToken, type Signal, inject, signal } from '@angular/core';

/** The wall clock, Unix milliseconds; tests give their own. */
export const CLOCK = new InjectionToken<() => number>('CLOCK', {
  providedIn: 'root',
  factory: () => () => Date.now(),
});

/** Calls once after so many milliseconds, unless the returned function is called before; tests give their own. */
export const AFTER = new InjectionToken<(ms: number, call: () => void) => () => void>('AFTER', {
  providedIn: 'root',
  factory: () => (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
});

/** Calls back about once a second until the returned function is called; tests give their own. */
export const EVERY_SECOND = new InjectionToken<(callback: () => void) => () => void>(
  'EVERY_SECOND',
  {
    providedIn: 'root',
    factory: () => (callback) => {
      const timer = setInterval(callback, 1_000);
      return () => clearInterval(timer);
    },
  },
);

/** The wall clock as a signal that goes on by itself; in an injection context, for as long as that lives. */
export function injectNow(): Signal<number> {
  const clock = inject(CLOCK);
  const now = signal(clock());
  inject(DestroyRef).onDestroy(inject(EVERY_SECOND)(() => now.set(clock())));
  return now.asReadonly();
}
