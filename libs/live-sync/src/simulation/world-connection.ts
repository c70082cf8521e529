import { BehaviorSubject } from 'rxjs';
import { type HostFence } from '../host/host-fence.js';
import { LiveError } from '../live-error.js';
import { type LiveConnection } from '../client/live-connection.js';
import { type LiveSnapshot } from '../client/live-snapshot.js';
import { type WorldTab } from './world-tab.js';

const WRITE_EVERY_MS = 300;

const CONNECTING: LiveSnapshot = {
  state: 'connecting',
  pending: 0,
  rejected: 0,
  error: null,
  retryAt: null,
  userId: 'alice',
};

/** A connection that keeps writing to the storage, as its fence allows. */
export class WorldConnection implements LiveConnection {
  readonly snapshot$ = new BehaviorSubject<LiveSnapshot>(CONNECTING);
  readonly fence: HostFence;
  readonly tab: WorldTab;
  /** What was asked of it. */
  readonly tasks: string[] = [];
  isClosed = false;
  /** What `syncNow` fails with. */
  refusal: LiveError | null = null;
  #stopTimer: () => void = () => undefined;

  constructor(tab: WorldTab, fence: HostFence) {
    this.tab = tab;
    this.fence = fence;
    this.#stopTimer = tab.later(100, () => {
      this.snapshot$.next({ ...CONNECTING, state: 'live' });
      this.#write();
    });
  }

  flush(): void {
    this.tasks.push('flush');
  }

  signedIn(): void {
    this.tasks.push('signedIn');
  }

  wake(): void {
    this.tasks.push('wake');
  }

  async syncNow(): Promise<void> {
    await this.tab.transaction((row) => {
      if (this.isClosed) throw new LiveError('closed', 'closed');
      if (this.refusal) throw this.refusal;
      this.#guard(row);
    });
    this.tasks.push('syncNow');
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.#stopTimer();
  }

  #write(): void {
    if (this.isClosed) return;
    this.#stopTimer = this.tab.later(WRITE_EVERY_MS, () => this.#write());
    this.tab
      .transaction((row) => {
        this.#guard(row);
        this.tab.world.wrote(this);
      })
      // What the fence refuses is not written; the host hears of it by the fence.
      .catch(() => undefined);
  }

  #guard(row: unknown): void {
    if (this.tab.world.isFenced) this.fence.guard({ row: () => row });
  }
}
