/** A page, as a service worker sees it. */
export interface LiveWorkerClient {
  readonly id: string;
  postMessage(message: unknown): void;
}

/** The part of a service worker's `self` that is used: it hears `message` and `sync`, and leaves `fetch` alone. */
export interface LiveWorkerScope {
  readonly clients: {
    matchAll(options: {
      readonly type: 'window';
      readonly includeUncontrolled: boolean;
    }): Promise<readonly LiveWorkerClient[]>;
  };
  addEventListener(name: string, then: (event: Event) => void): void;
}

/** The parts of the events that are used. */
export interface LiveWorkerEvent {
  /** Keeps the worker awake until then. */
  waitUntil(work: Promise<unknown>): void;
  /** Of `message`. */
  readonly data?: unknown;
  readonly source?: LiveWorkerClient | null;
  /** Of `sync`. */
  readonly tag?: string;
}
