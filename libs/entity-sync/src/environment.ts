/** What the library takes from the machine. */
export interface EntitySyncEnvironment {
  /** Wall clock, Unix ms. */
  readonly now: () => number;
  /** From 0 up to but not 1; for the jitter of retries. */
  readonly random: () => number;
  /** Unpredictable bytes, for ids. */
  readonly randomBytes: (length: number) => Uint8Array;
  /** Runs something once after so many milliseconds; gives the function that prevents it. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** Whether there may be a network. */
  readonly isOnline: () => boolean;
  /** Calls when the network is back; gives the function that ends it. */
  readonly onReconnect: (run: () => void) => () => void;
  /** Calls when the page is hidden or left and may never come back; gives the function that ends it. */
  readonly onLeave: (run: () => void) => () => void;
}
