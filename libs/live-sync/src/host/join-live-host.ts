import { type ChatStorage } from '@chat-vault/chat-storage';
import { BehaviorSubject, type Observable } from 'rxjs';
import { LiveError } from '../live-error.js';
import { Election } from './election.js';
import { type HostFence, LONE_FENCE } from './host-fence.js';
import { type HostChannel, type HostEnvironment, type PageEvent } from './host-environment.js';
import {
  type HostMessage,
  hostMessageToData,
  type HostTask,
  parseHostMessage,
} from './host-messages.js';
import { toLiveError } from '../client/failure.js';
import { type LiveConnection } from '../client/live-connection.js';
import { isSameSnapshot, type LiveSnapshot } from '../client/live-snapshot.js';
import { PendingTasks } from './pending-tasks.js';
import { type WorkerLink } from './worker-link.js';

/** The connection of this browser, whether it is held here or elsewhere. */
export interface LiveHost {
  /** Begins with the last one; never the same twice in a row. */
  readonly snapshot$: Observable<LiveSnapshot>;
  /** There is something new in the outbox. */
  flush(): void;
  /** There is a new token. */
  signedIn(): void;
  /** Try now instead of later. */
  wake(): void;
  /**
   * Settles when the host has flushed and pulled; waits for the next one when the host goes away meanwhile.
   *
   * @throws LiveError why the host could not, or `closed`
   */
  syncNow(): Promise<void>;
  /** Leaves; another takes the connection over when it is held here. */
  close(): Promise<void>;
}

/** What `joinLiveHost` needs. */
export interface LiveHostOptions {
  /** The same in all tabs that share one connection: of one database and one account. */
  readonly name: string;
  /** Who is signed in, for the snapshots before the first. */
  readonly userId: string;
  /** Keeps the token of the newest host. */
  readonly storage: Pick<ChatStorage, 'writeRows'>;
  /** Opens the connection, when this tab or worker is to hold it. */
  readonly connect: (fence: HostFence) => LiveConnection;
  readonly environment: HostEnvironment;
  /** The service worker, which is asked to hold the connection first; `null` where there is none, and in the worker itself. */
  readonly worker: WorkerLink | null;
}

/**
 * Shares one connection among the tabs and the worker of a browser (docs/live-sync-host.md): whoever holds the lock has it, the others
 * hear of it. Without locks or channels each has its own.
 */
export function joinLiveHost(options: LiveHostOptions): LiveHost {
  return new JoinedHost(options);
}

class JoinedHost implements LiveHost {
  readonly snapshot$: Observable<LiveSnapshot>;
  readonly #options: LiveHostOptions;
  readonly #snapshots: BehaviorSubject<LiveSnapshot>;
  readonly #tasks = new PendingTasks();
  readonly #channel: HostChannel | null;
  readonly #election: Election | null;
  readonly #stopListening: () => void;
  /** A connection of our own that nobody else knows of. */
  #lone: LiveConnection | null = null;
  /** The greatest token that was heard of. */
  #newest = '';
  #isClosed = false;

  constructor(options: LiveHostOptions) {
    const { environment, userId } = options;
    this.#options = options;
    this.#snapshots = new BehaviorSubject<LiveSnapshot>({
      state: 'connecting',
      pending: 0,
      rejected: 0,
      error: null,
      retryAt: null,
      userId,
    });
    this.snapshot$ = this.#snapshots.asObservable();
    this.#channel = openChannel(options);
    this.#election = this.#channel && this.#createElection();
    this.#stopListening =
      environment.page?.listen((event) => this.#onPage(event)) ?? (() => undefined);
    if (this.#election) void this.#join(this.#election);
    else this.#goAlone();
  }

  flush(): void {
    this.#ask('flush');
    const { state } = this.#snapshots.value;
    if (state !== 'live' && state !== 'syncing') this.#options.worker?.flushLater();
  }

  signedIn(): void {
    this.#ask('signedIn');
  }

  wake(): void {
    this.#ask('wake');
  }

  async syncNow(): Promise<void> {
    if (this.#isClosed) throw closedError();
    const id = this.#options.environment.newId();
    const done = this.#tasks.wait(id, 'syncNow');
    if (this.#connection) this.#perform(id, 'syncNow');
    else this.#post({ kind: 'ask', id, task: 'syncNow' });
    return done;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopListening();
    this.#options.worker?.close();
    this.#channel?.close();
    this.#tasks.rejectAll(closedError());
    const lone = this.#lone;
    this.#lone = null;
    await Promise.all([this.#election?.close(), lone?.close()]);
    this.#snapshots.complete();
  }

  get #connection(): LiveConnection | null {
    return this.#lone ?? this.#election?.connected?.connection ?? null;
  }

  #createElection(): Election | null {
    const { environment, name, storage, connect, worker } = this.#options;
    const { locks } = environment;
    if (!locks) return null;
    return new Election({
      environment,
      locks,
      name,
      storage,
      connect,
      onConnected: (token) => {
        if (token > this.#newest) this.#newest = token;
        this.#sayHere();
        this.#performAll();
      },
      onSnapshot: (snapshot) => {
        this.#publish(snapshot);
        this.#sayHere();
      },
      onDoubt: () => this.#doubt(),
      onFollowing: () => this.#askAgain(),
      onRefused: () => this.#goAlone(),
      ping: () => {
        this.#post({ kind: 'ping' });
        worker?.keepAlive();
      },
    });
  }

  async #join(election: Election): Promise<void> {
    if (this.#channel) {
      this.#channel.onmessage = ({ data }) => {
        const message = parseHostMessage(data);
        if (message && !this.#isClosed) this.#receive(message);
      };
    }
    // The worker comes first in the queue, when it is there.
    await this.#options.worker?.askToHost();
    election.join();
  }

  #goAlone(): void {
    if (this.#isClosed) return;
    const connection = this.#options.connect(LONE_FENCE);
    this.#lone = connection;
    connection.snapshot$.subscribe((snapshot) => {
      if (this.#lone === connection) this.#publish(snapshot);
    });
    this.#performAll();
  }

  #receive(message: HostMessage): void {
    switch (message.kind) {
      case 'ping':
        this.#sayHere();
        return;
      case 'here':
        this.#hear(message);
        return;
      case 'ask':
        if (this.#election?.connected) this.#perform(message.id, message.task);
        return;
      case 'done':
        this.#tasks.settle(message.id, message.error);
    }
  }

  #hear({ token, role, snapshot }: Extract<HostMessage, { kind: 'here' }>): void {
    // One that was frozen and does not know yet that it is the host no more.
    if (!this.#election || token < this.#newest) return;
    const isNew = token > this.#newest;
    this.#newest = token;
    if (this.#election.connected && isNew) this.#election.yield();
    if (this.#election.isHolder || this.#lone) return;
    this.#election.heard();
    this.#options.worker?.hostIsWorker(role === 'worker');
    if (snapshot) this.#publish(snapshot);
    if (isNew) this.#askAgain();
  }

  #sayHere(): void {
    const token = this.#election?.connected?.token;
    if (token === undefined) return;
    const role = this.#options.environment.page ? 'page' : 'worker';
    this.#post({ kind: 'here', token, role, snapshot: this.#snapshots.value });
  }

  #ask(task: Exclude<HostTask, 'syncNow'>): void {
    if (this.#isClosed) return;
    const connection = this.#connection;
    if (connection) connection[task]();
    else {
      const id = this.#tasks.add(this.#options.environment.newId(), task);
      this.#post({ kind: 'ask', id, task });
    }
  }

  #askAgain(): void {
    for (const [id, task] of this.#tasks.all()) this.#post({ kind: 'ask', id, task });
  }

  #performAll(): void {
    for (const [id, task] of this.#tasks.all()) this.#perform(id, task);
  }

  /** Does what was asked, here or elsewhere, and says so. */
  #perform(id: string, task: HostTask): void {
    const tell = (error: LiveError | null): void => {
      this.#tasks.settle(id, error);
      this.#post({ kind: 'done', id, error });
    };
    const connection = this.#connection;
    if (!connection) return;
    if (task !== 'syncNow') {
      connection[task]();
      tell(null);
      return;
    }
    connection.syncNow().then(
      () => tell(null),
      (error: unknown) => {
        // A connection that ended says nothing of what the next one will do.
        if (this.#connection === connection) tell(toLiveError(error));
      },
    );
  }

  #onPage(event: PageEvent): void {
    switch (event) {
      case 'visible':
        this.#election?.resume();
        if (!this.#lone) this.#election?.watch();
        this.wake();
        return;
      case 'online':
        this.wake();
        return;
      case 'hidden':
        this.#election?.unwatch();
        this.#ask('flush');
        if (this.#snapshots.value.pending > 0) this.#options.worker?.flushLater();
        return;
      case 'freeze':
        if (!this.#lone) this.#election?.freeze();
        return;
      case 'resume':
        this.#election?.resume();
    }
  }

  /** Nobody knows what the connection does now. */
  #doubt(): void {
    const { state } = this.#snapshots.value;
    if (state !== 'live' && state !== 'syncing') return;
    this.#publish({ ...this.#snapshots.value, state: 'connecting' });
  }

  #publish(snapshot: LiveSnapshot): void {
    if (this.#isClosed || isSameSnapshot(snapshot, this.#snapshots.value)) return;
    this.#snapshots.next(snapshot);
  }

  #post(message: HostMessage): void {
    if (!this.#isClosed) this.#channel?.postMessage(hostMessageToData(message));
  }
}

function openChannel({ name, environment }: LiveHostOptions): HostChannel | null {
  if (!environment.locks) return null;
  try {
    return environment.openChannel?.(`chat-vault-live:${name}`) ?? null;
  } catch {
    // A page that may not have one, as in a sandbox, does without.
    return null;
  }
}

function closedError(): LiveError {
  return new LiveError('closed', 'live-sync: this connection was closed; open another');
}
