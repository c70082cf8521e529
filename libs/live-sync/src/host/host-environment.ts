/** The part of `navigator.locks` that is used. */
export interface HostLocks {
  request(
    name: string,
    options: { readonly signal?: AbortSignal; readonly steal?: boolean },
    work: () => Promise<void>,
  ): Promise<unknown>;
}

/** The part of a `BroadcastChannel` that is used. */
export interface HostChannel {
  onmessage: ((event: MessageEvent<unknown>) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** What a page goes through. `freeze`: it will not run until `resume`, or never again. */
export type PageEvent = 'visible' | 'hidden' | 'online' | 'freeze' | 'resume';

/** The page that the code runs in. */
export interface HostPage {
  isVisible(): boolean;
  /** Calls at each event; gives what ends that. */
  listen(then: (event: PageEvent) => void): () => void;
}

/** What finding the host of this browser takes from the machine. What is `null` is not there, and is done without. */
export interface HostEnvironment {
  readonly locks: HostLocks | null;
  readonly openChannel: ((name: string) => HostChannel | null) | null;
  /** `null` in a worker: it neither sees nor is seen. */
  readonly page: HostPage | null;
  /** Milliseconds since some moment; never goes back. */
  readonly elapsed: () => number;
  /** Runs something once after so many milliseconds; gives the function that prevents it. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** An id that nobody else makes. */
  readonly newId: () => string;
}
