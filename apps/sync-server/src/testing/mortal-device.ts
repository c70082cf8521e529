import { type ChatStorage } from '@chat-vault/chat-storage';
import { memoryChatStorage } from '@chat-vault/chat-storage/testing';
import {
  type HostEnvironment,
  type LiveSnapshot,
  type LiveSync,
  openLiveSync,
} from '@chat-vault/live-sync';
import { type ManualTimers } from './manual-timers.ts';
import { MortalContext } from './mortal-context.ts';

type Locks = NonNullable<HostEnvironment['locks']>;
type Channel = NonNullable<ReturnType<NonNullable<HostEnvironment['openChannel']>>>;

/** A page or worker, with live sync as it runs there. */
export interface OpenContext {
  readonly context: MortalContext;
  readonly live: LiveSync;
  snapshot: LiveSnapshot | undefined;
}

interface Turn {
  readonly context: MortalContext;
  readonly grant: () => void;
  readonly lose: () => void;
}

/** What all devices of a test are made of. */
export interface DeviceOptions {
  readonly userId: string;
  readonly token: string;
  readonly url: string;
  readonly timers: ManualTimers;
  readonly random: () => number;
}

/** A browser of a person: two pages and a worker on one storage, of which one holds the connection. */
export class MortalDevice {
  readonly userId: string;
  readonly storage: ChatStorage;
  readonly contexts: OpenContext[] = [];
  /** How often the lock was taken from a context that did not answer. */
  thefts = 0;
  /** How many contexts were killed. */
  kills = 0;
  readonly #options: DeviceOptions;
  readonly #channels = new Map<Channel, MortalContext>();
  #holder: Turn | undefined;
  #queue: Turn[] = [];
  #written = 0;

  private constructor(options: DeviceOptions, storage: ChatStorage) {
    this.#options = options;
    this.userId = options.userId;
    this.storage = storage;
  }

  static async open(options: DeviceOptions): Promise<MortalDevice> {
    const { userId, timers } = options;
    const storage = await memoryChatStorage({ now: () => timers.now(), ownSenderIds: [userId] });
    const device = new MortalDevice(options, storage);
    for (const role of ['worker', 'page', 'page'] as const) await device.openContext(role);
    return device;
  }

  /** Which context holds the lock. */
  get holder(): MortalContext | undefined {
    return this.#holder?.context;
  }

  async openContext(role: 'page' | 'worker'): Promise<OpenContext> {
    const { userId, token } = this.#options;
    const context = new MortalContext({
      ...this.#options,
      role,
      locks: (of) => ({ request: (_, how, work) => this.#request(of, how, work) }),
      openChannel: (of) => () => this.#openChannel(of),
      onGone: (of) => this.#forget(of),
    });
    const live = await openLiveSync({
      storage: context.storage(this.storage),
      url: 'http://sync.example',
      userId,
      token: () => Promise.resolve(token),
      environment: context.environment,
      host: context.host,
    });
    const open: OpenContext = { context, live, snapshot: undefined };
    live.snapshot$.subscribe((snapshot) => (open.snapshot = snapshot));
    this.contexts.push(open);
    return open;
  }

  /** A page that runs: one that is open, or a new one, in the place of one that was killed. */
  async page(): Promise<OpenContext> {
    const pages = this.contexts.filter(({ context }) => context.role === 'page');
    const running = pages.find(({ context }) => context.isRunning);
    if (running) return running;
    const killed = pages.find(({ context }) => context.isGone);
    return killed ? this.#replace(killed) : this.openContext('page');
  }

  /** Opens again what was killed. */
  async revive(): Promise<void> {
    const killed = this.contexts.filter(({ context }) => context.isGone);
    for (const open of killed) await this.#replace(open);
  }

  /** An instant that no message of this device has yet. */
  nextInstant(): string {
    return new Date(this.#options.timers.now() + this.#written++).toISOString();
  }

  /** Whether all of its contexts know that it is up to date, and it has nothing to send. */
  async isAtRest(): Promise<boolean> {
    if (this.contexts.some(({ snapshot }) => snapshot?.state !== 'live')) return false;
    const outgoing = await this.contexts[0]?.live.outgoing();
    return outgoing?.every(({ state }) => state !== 'pending') ?? false;
  }

  async close(): Promise<void> {
    for (const { context, live } of this.contexts) if (!context.isGone) await live.close();
    await this.storage.close();
  }

  #replace(killed: OpenContext): Promise<OpenContext> {
    this.contexts.splice(this.contexts.indexOf(killed), 1);
    return this.openContext(killed.context.role);
  }

  #request(
    context: MortalContext,
    { signal, steal }: Parameters<Locks['request']>[1],
    work: () => Promise<void>,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const lose = (): void =>
        context.run(() => reject(new DOMException('The lock was lost', 'AbortError')));
      const grant = (): void =>
        queueMicrotask(() =>
          context.run(() => {
            void work().then(() => {
              if (this.#holder === turn) this.#next();
              resolve(undefined);
            });
          }),
        );
      const turn: Turn = { context, grant, lose };
      signal?.addEventListener('abort', () => {
        if (!this.#queue.includes(turn)) return;
        this.#queue = this.#queue.filter((other) => other !== turn);
        lose();
      });
      if (this.#holder && !steal) {
        this.#queue.push(turn);
        return;
      }
      if (this.#holder) {
        this.thefts += 1;
        this.#holder.lose();
      }
      this.#holder = turn;
      grant();
    });
  }

  #next(): void {
    this.#holder = this.#queue.shift();
    this.#holder?.grant();
  }

  #forget(context: MortalContext): void {
    this.kills += 1;
    this.#queue = this.#queue.filter((turn) => turn.context !== context);
    for (const [channel, of] of this.#channels) if (of === context) this.#channels.delete(channel);
    if (this.#holder?.context === context) this.#next();
  }

  #openChannel(context: MortalContext): Channel {
    const channel: Channel = {
      onmessage: null,
      postMessage: (data) => {
        for (const [other, of] of this.#channels) {
          if (other === channel) continue;
          const event = new MessageEvent('message', { data: structuredClone(data) });
          queueMicrotask(() => of.run(() => other.onmessage?.(event)));
        }
      },
      close: () => void this.#channels.delete(channel),
    };
    this.#channels.set(channel, context);
    return channel;
  }
}
