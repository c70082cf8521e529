import { type ChatStorage } from '@chat-vault/chat-storage';
import { BehaviorSubject, type Observable } from 'rxjs';
import { type Fence, OPEN_FENCE } from './fence.js';
import { type HostChannel, type HostEnvironment, type PageEvent } from './host-environment.js';
import {
  type HostMessage,
  hostMessageToData,
  type HostRole,
  type HostTask,
  parseHostMessage,
} from './host-messages.js';
import { Hosting } from './hosting.js';
import { HostWatch } from './host-watch.js';
import { type LiveConnection, type LiveSnapshot } from './live-connection.js';
import { LiveError } from '../live-error.js';
import { type LockTurn, takeTurn } from './lock-turn.js';
import { PendingTasks } from './pending-tasks.js';
import { type WorkerLink } from './worker-link.js';

/** The connection of this browser, whether it is held here or elsewhere. */
export interface LiveHost {
  /** Begins with the last one. */
  readonly snapshot$: Observable<LiveSnapshot>;
  /** There is something new in the outbox. */
  flush(): void;
  /** There is a new token. */
  signedIn(): void;
  /** Try now instead of later. */
  wake(): void;
  /** Settles when the host has flushed and pulled; waits for the next one when the host goes away meanwhile. */
  syncNow(): Promise<void>;
  /** Leaves; another takes the connection over when it is held here. */
  close(): Promise<void>;
}

/** What `joinLiveHost` needs. */
export interface LiveHostOptions {
  /** The same in all tabs that share one connection: of one database and one account. */
  readonly name: string;
  /** Keeps the token of the newest host. */
  readonly storage: Pick<ChatStorage, 'writeRows'>;
  /** Opens the connection, when this tab or worker is to hold it. */
  readonly connect: (fence: Fence) => LiveConnection;
  readonly environment: HostEnvironment;
  /** The service worker, which is asked to hold the connection first; `null` where there is none, and in the worker itself. */
  readonly worker: WorkerLink | null;
}

/** When the storage did not let us claim the connection. */
const RETRY_MS = 5_000;

const UNKNOWN: LiveSnapshot = {
  state: 'connecting',
  pending: 0,
  rejected: 0,
  error: null,
  retryAt: null,
  userId: null,
};

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
  readonly #snapshots = new BehaviorSubject<LiveSnapshot>(UNKNOWN);
  readonly #tasks = new PendingTasks();
  readonly #watch: HostWatch;
  readonly #channel: HostChannel | null;
  readonly #role: HostRole;
  readonly #stopListening: () => void;
  #turn: LockTurn | null = null;
  #hosting: Hosting | null = null;
  /** A connection of our own that nobody else knows of. */
  #lone: LiveConnection | null = null;
  /** The greatest token that was heard of. */
  #newest = '';
  #stopRetry: () => void = () => undefined;
  #isFrozen = false;
  #isClosed = false;

  constructor(options: LiveHostOptions) {
    const { name, environment } = options;
    this.#options = options;
    this.snapshot$ = this.#snapshots.asObservable();
    this.#role = environment.page ? 'page' : 'worker';
    this.#watch = new HostWatch({
      elapsed: environment.elapsed,
      after: environment.after,
      ping: () => {
        this.#post({ kind: 'ping' });
        this.#options.worker?.keepAlive();
      },
      onDoubt: () => this.#doubt(),
      onSilent: () => this.#queue('steal'),
    });
    this.#channel = environment.locks ? openChannel(environment, name) : null;
    this.#stopListening =
      environment.page?.listen((event) => this.#onPage(event)) ?? (() => undefined);
    if (this.#channel) void this.#join(this.#channel);
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
    this.#stopRetry();
    this.#watch.stop();
    this.#options.worker?.close();
    const ended = this.#endHosting();
    this.#turn?.release();
    this.#channel?.close();
    this.#tasks.rejectAll(closedError());
    const lone = this.#lone;
    this.#lone = null;
    await Promise.all([ended, lone?.close()]);
    this.#snapshots.complete();
  }

  get #connection(): LiveConnection | null {
    return this.#lone ?? this.#hosting?.connected?.connection ?? null;
  }

  async #join(channel: HostChannel): Promise<void> {
    channel.onmessage = ({ data }) => {
      const message = parseHostMessage(data);
      if (message && !this.#isClosed) this.#receive(message);
    };
    // The worker comes first in the queue, when it is there.
    await this.#options.worker?.askToHost();
    if (this.#isClosed || this.#isFrozen || this.#turn) return;
    this.#queue('wait');
    this.#watchIfSeen();
  }

  #queue(mode: 'wait' | 'steal'): void {
    const { locks, openChannel: _, ...environment } = this.#options.environment;
    if (!locks) return;
    const before = this.#turn;
    const turn = takeTurn({
      locks,
      name: `chat-vault-live:${this.#options.name}`,
      mode,
      onHeld: () => {
        if (turn === this.#turn) this.#beginHosting(environment.newId());
      },
    });
    this.#turn = turn;
    before?.release();
    void turn.ended.then((end) => {
      if (turn !== this.#turn) return;
      this.#turn = null;
      void this.#endHosting();
      if (this.#isClosed || this.#isFrozen) return;
      if (end === 'refused') this.#goAlone();
      else this.#queue('wait');
      this.#watchIfSeen();
      this.#askAgain();
    });
  }

  #beginHosting(id: string): void {
    this.#watch.stop();
    const { name, storage, connect } = this.#options;
    const hosting: Hosting = new Hosting({
      storage,
      name,
      id,
      connect,
      onConnected: (token) => {
        if (token > this.#newest) this.#newest = token;
        this.#sayHere();
        for (const [task, kind] of this.#tasks.all()) this.#perform(task, kind);
      },
      onSnapshot: (snapshot) => {
        this.#snapshots.next(snapshot);
        this.#sayHere();
      },
      onLost: (error) => this.#yield(error),
    });
    this.#hosting = hosting;
  }

  /** Gives the lock up: to the newer host, or, when the storage failed, to who may fare better. */
  #yield(error: unknown): void {
    void this.#endHosting();
    if (error === undefined) {
      this.#turn?.release();
      return;
    }
    const turn = this.#turn;
    this.#turn = null;
    turn?.release();
    this.#stopRetry();
    this.#stopRetry = this.#options.environment.after(RETRY_MS, () => {
      if (this.#turn || this.#isClosed || this.#isFrozen) return;
      this.#queue('wait');
      this.#watchIfSeen();
    });
  }

  async #endHosting(): Promise<void> {
    const hosting = this.#hosting;
    if (!hosting) return;
    this.#hosting = null;
    this.#doubt();
    await hosting.end();
  }

  #goAlone(): void {
    this.#watch.stop();
    const connection = this.#options.connect(OPEN_FENCE);
    this.#lone = connection;
    connection.snapshot$.subscribe((snapshot) => {
      if (this.#lone === connection) this.#snapshots.next(snapshot);
    });
    for (const [id, task] of this.#tasks.all()) this.#perform(id, task);
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
        if (this.#hosting?.connected) this.#perform(message.id, message.task);
        return;
      case 'done':
        this.#tasks.settle(message.id, message.error);
    }
  }

  #hear({ token, role, snapshot }: Extract<HostMessage, { kind: 'here' }>): void {
    // One that was frozen and does not know yet that it is the host no more.
    if (token < this.#newest) return;
    const isNew = token > this.#newest;
    this.#newest = token;
    if (this.#hosting?.connected && isNew) this.#yield(undefined);
    if (this.#hosting) return;
    this.#watch.heard();
    this.#options.worker?.hostIsWorker(role === 'worker');
    if (snapshot) this.#snapshots.next(snapshot);
    if (isNew) this.#askAgain();
  }

  #sayHere(): void {
    const token = this.#hosting?.connected?.token;
    if (token === undefined) return;
    this.#post({ kind: 'here', token, role: this.#role, snapshot: this.#snapshots.value });
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
        this.#resume();
        this.#watchIfSeen();
        this.wake();
        return;
      case 'online':
        this.wake();
        return;
      case 'hidden':
        this.#watch.stop();
        this.#ask('flush');
        if (this.#snapshots.value.pending > 0) this.#options.worker?.flushLater();
        return;
      case 'freeze':
        this.#freeze();
        return;
      case 'resume':
        this.#resume();
    }
  }

  /** A frozen tab would hold the lock and do nothing. */
  #freeze(): void {
    if (!this.#channel || this.#lone) return;
    this.#isFrozen = true;
    this.#watch.stop();
    void this.#endHosting();
    this.#turn?.release();
  }

  #resume(): void {
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    if (!this.#turn) this.#queue('wait');
    this.#watchIfSeen();
  }

  #watchIfSeen(): void {
    const isSeen = this.#options.environment.page?.isVisible() ?? false;
    const isWatching = this.#channel && !this.#lone && !this.#hosting && !this.#isClosed;
    if (isSeen && isWatching && !this.#isFrozen) this.#watch.start();
  }

  /** Nobody knows what the connection does now. */
  #doubt(): void {
    if (this.#isClosed) return;
    const { state } = this.#snapshots.value;
    if (state === 'live' || state === 'syncing') {
      this.#snapshots.next({ ...this.#snapshots.value, state: 'connecting' });
    }
  }

  #post(message: HostMessage): void {
    if (!this.#isClosed) this.#channel?.postMessage(hostMessageToData(message));
  }
}

function openChannel(environment: HostEnvironment, name: string): HostChannel | null {
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

function toLiveError(error: unknown): LiveError {
  if (error instanceof LiveError) return error;
  const message = error instanceof Error ? error.message : `${error}`;
  return new LiveError('storage', message, { cause: error });
}
