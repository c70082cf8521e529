import { InjectionToken } from '@angular/core';

/** The wall clock, Unix milliseconds; tests give their own. */
export const CLOCK = new InjectionToken<() => number>('CLOCK', {
  providedIn: 'root',
  factory: () => () => Date.now(),
});
