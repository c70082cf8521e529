/** What live sync takes from its surroundings. */
export interface LiveEnvironment {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
  /** From 0 up to, but not, 1. */
  readonly random: () => number;
  /** Runs something after so many milliseconds; gives what takes it back. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** A new lower-case UUID. */
  readonly newId: () => string;
  /** Whether the device has a network, as far as it knows. */
  readonly isOnline: () => boolean;
  /** Where `online` and `offline` are heard; `null` where there is nothing such. */
  readonly page: EventTarget | null;
}
