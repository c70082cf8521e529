import { type ChatStorage } from '@chat-vault/chat-storage';
import { type HostFence } from './host-fence.js';
import { type HostEnvironment, type HostLocks } from './host-environment.js';
import { HostWatch } from './host-watch.js';
import { Hosting } from './hosting.js';
import { type LiveConnection } from '../client/live-connection.js';
import { type LiveSnapshot } from '../client/live-snapshot.js';
import { type LockTurn, takeTurn } from './lock-turn.js';

/** What `Election` needs. */
export interface ElectionOptions {
  readonly name: string;
  readonly locks: HostLocks;
  readonly storage: Pick<ChatStorage, 'writeRows'>;
  readonly connect: (fence: HostFence) => LiveConnection;
  readonly environment: HostEnvironment;
  /** We hold the connection, under this token. */
  readonly onConnected: (token: string) => void;
  readonly onSnapshot: (snapshot: LiveSnapshot) => void;
  /** Nobody knows what the connection does now: we gave it up, or the host does not answer. */
  readonly onDoubt: () => void;
  /** We wait for the lock again, after having held it. */
  readonly onFollowing: () => void;
  /** This page may not take part. */
  readonly onRefused: () => void;
  /** Asks the host whether it is there. */
  readonly ping: () => void;
}

/** When the storage did not let us claim the connection. */
const RETRY_MS = 5_000;

/** Decides with the other tabs, by a lock, who holds the connection, and takes it from a holder that does not answer. */
export class Election {
  readonly #options: ElectionOptions;
  readonly #watch: HostWatch;
  #turn: LockTurn | null = null;
  #hosting: Hosting | null = null;
  #stopRetry: () => void = () => undefined;
  #isFrozen = false;
  #isOver = false;

  constructor(options: ElectionOptions) {
    const { elapsed, after } = options.environment;
    this.#options = options;
    this.#watch = new HostWatch({
      elapsed,
      after,
      ping: options.ping,
      onDoubt: options.onDoubt,
      onSilent: () => this.#queue('steal'),
    });
  }

  /** Our token and connection, when we hold it. */
  get connected(): { readonly token: string; readonly connection: LiveConnection } | null {
    return this.#hosting?.connected ?? null;
  }

  /** Whether the lock is ours, so that what others say of the host is old. */
  get isHolder(): boolean {
    return this.#hosting !== null;
  }

  /** Stands in the queue, unless it does already. */
  join(): void {
    if (this.#isOver || this.#isFrozen) return;
    if (!this.#turn) this.#queue('wait');
    this.watch();
  }

  /** Watches the host from now on, if somebody looks at this page. */
  watch(): void {
    const isSeen = this.#options.environment.page?.isVisible() ?? false;
    if (isSeen && !this.#hosting && !this.#isOver && !this.#isFrozen) this.#watch.start();
  }

  /** Nobody looks at this page. */
  unwatch(): void {
    this.#watch.stop();
  }

  /** The host has said something. */
  heard(): void {
    this.#watch.heard();
  }

  /** Gives the connection to a newer host, and stands in the queue again. */
  yield(): void {
    void this.#endHosting();
    this.#turn?.release();
  }

  /** A frozen tab would hold the lock, or be given it, and do nothing. */
  freeze(): void {
    this.#isFrozen = true;
    this.#watch.stop();
    this.yield();
  }

  /** Takes part again after `freeze`. */
  resume(): void {
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    this.join();
  }

  /** Takes no part any more; the next in the queue has the lock. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#stopRetry();
    this.#watch.stop();
    const ended = this.#endHosting();
    this.#turn?.release();
    await ended;
  }

  #queue(mode: 'wait' | 'steal'): void {
    const before = this.#turn;
    const turn = takeTurn({
      locks: this.#options.locks,
      name: `chat-vault-live:${this.#options.name}`,
      mode,
      onHeld: () => {
        if (turn === this.#turn) this.#beginHosting();
      },
    });
    this.#turn = turn;
    before?.release();
    void turn.ended.then((end) => {
      if (turn !== this.#turn) return;
      this.#turn = null;
      void this.#endHosting();
      if (this.#isOver) return;
      if (end === 'refused') {
        this.#watch.stop();
        this.#options.onRefused();
        return;
      }
      this.join();
      this.#options.onFollowing();
    });
  }

  #beginHosting(): void {
    const { name, storage, connect, environment, onConnected, onSnapshot } = this.#options;
    this.#watch.stop();
    this.#hosting = new Hosting({
      storage,
      name,
      id: environment.newId(),
      connect,
      onConnected,
      onSnapshot,
      onLost: () => this.yield(),
      onFailed: () => this.#retryLater(),
    });
  }

  /** Gives the lock to who may fare better. */
  #retryLater(): void {
    void this.#endHosting();
    const turn = this.#turn;
    this.#turn = null;
    turn?.release();
    this.#stopRetry();
    this.#stopRetry = this.#options.environment.after(RETRY_MS, () => this.join());
  }

  async #endHosting(): Promise<void> {
    const hosting = this.#hosting;
    if (!hosting) return;
    this.#hosting = null;
    this.#options.onDoubt();
    await hosting.end();
  }
}
