import { type HostLocks } from '../host/host-environment.js';
import { type WorldTab } from './world-tab.js';

type LockOptions = Parameters<HostLocks['request']>[1];

interface LockRequest {
  readonly tab: WorldTab;
  readonly grant: () => void;
  readonly fail: () => void;
}

/** Web Locks: first come, first served; freed when a tab is gone; stolen when asked for. */
export class WorldLocks {
  /** Whether locks can be stolen; the test of the test turns it off. */
  isStealing = true;
  #holder: LockRequest | null = null;
  #queue: LockRequest[] = [];

  /** Who holds it as the browser sees it, running or not. */
  get holder(): WorldTab | null {
    return this.#holder?.tab ?? null;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#queue.length;
  }

  request(
    tab: WorldTab,
    _name: string,
    { signal, steal }: LockOptions,
    work: () => Promise<void>,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (tab.isGone) return;
      const fail = (): void =>
        void tab.later(0, () => reject(new DOMException('gone', 'AbortError')));
      const request: LockRequest = {
        tab,
        fail,
        grant: () =>
          tab.later(0, () => {
            void work().then(() => {
              if (this.#holder === request) this.#next();
              resolve(undefined);
            });
          }),
      };
      signal?.addEventListener('abort', () => {
        if (!this.#queue.includes(request)) return;
        this.#queue = this.#queue.filter((other) => other !== request);
        fail();
      });
      if (steal && this.isStealing) {
        this.#holder?.fail();
        this.#holder = request;
        request.grant();
      } else if (this.#holder) this.#queue.push(request);
      else {
        this.#holder = request;
        request.grant();
      }
    });
  }

  forget(tab: WorldTab): void {
    this.#queue = this.#queue.filter((request) => request.tab !== tab);
    if (this.#holder?.tab === tab) this.#next();
  }

  #next(): void {
    this.#holder = this.#queue.shift() ?? null;
    this.#holder?.grant();
  }
}
