import { InjectionToken } from '@angular/core';

/** When syncs happen by themselves. */
export interface AutoSyncOptions {
  /** Interval while the page is visible, in ms; default 5 minutes, `0` for none. */
  readonly everyMs?: number;
  /** Whether the network coming back starts one; default `true`. */
  readonly onReconnect?: boolean;
  /** Whether the page becoming visible starts one; default `true`. */
  readonly onVisible?: boolean;
  /** Quiet time after a person's write, in ms; default 5 seconds, at most ten times as long while writes go on. `0` for none. */
  readonly afterWriteMs?: number;
}

/** The options of `withAutoSync`; `null` without it. */
export const AUTO_SYNC_OPTIONS = new InjectionToken<AutoSyncOptions | null>('AUTO_SYNC_OPTIONS');
