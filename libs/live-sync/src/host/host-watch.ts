/** How often somebody who is seen asks whether the host is there. */
export const PING_MS = 3_000;
/** A host that has not answered for so long is frozen, hangs, or is none. */
export const SILENT_MS = 9_000;

/** Notices that the host does not answer. */
export class HostWatch {
  readonly #options: HostWatchOptions;
  #heardAt = 0;
  #tickedAt = 0;
  #stopTimer: (() => void) | null = null;

  constructor(options: HostWatchOptions) {
    this.#options = options;
  }

  /** Watches from now on. */
  start(): void {
    this.stop();
    this.#heardAt = this.#tickedAt = this.#options.elapsed();
    this.#tick();
  }

  /** The host has said something. */
  heard(): void {
    this.#heardAt = this.#options.elapsed();
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  #tick(): void {
    const now = this.#options.elapsed();
    // We did not run ourselves, so what was said meanwhile is still to be heard.
    if (now - this.#tickedAt >= 2 * PING_MS) this.#heardAt = now;
    this.#tickedAt = now;
    this.#stopTimer = this.#options.after(PING_MS, () => this.#tick());
    const silentMs = now - this.#heardAt;
    if (silentMs >= SILENT_MS) {
      this.#heardAt = now;
      this.#options.onSilent();
      return;
    }
    if (silentMs >= 2 * PING_MS) this.#options.onDoubt();
    this.#options.ping();
  }
}

/** What `HostWatch` needs. */
export interface HostWatchOptions {
  readonly elapsed: () => number;
  readonly after: (ms: number, run: () => void) => () => void;
  readonly ping: () => void;
  /** Two questions were not answered. */
  readonly onDoubt: () => void;
  /** The host is to be replaced. */
  readonly onSilent: () => void;
}
