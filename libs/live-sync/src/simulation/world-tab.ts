import { type ChatStorage, type RowContext, type RowWork } from '@chat-vault/chat-storage';
import { type HostEnvironment, type PageEvent } from '../host/host-environment.js';
import { joinLiveHost, type LiveHost } from '../host/join-live-host.js';
import { type WorkerLink } from '../host/worker-link.js';
import { WorldConnection } from './world-connection.js';
import { type HostWorld } from './host-world.js';

/** A tab or a worker of a simulated browser: what reaches its code waits while it is frozen, and never comes once it is gone. */
export class WorldTab {
  readonly id: string;
  readonly role: 'page' | 'worker';
  readonly world: HostWorld;
  readonly connections: WorldConnection[] = [];
  readonly host: LiveHost;
  isVisible: boolean;
  isFrozen = false;
  isGone = false;
  /** Whether the application has closed its part. */
  hasLeft = false;
  /** Since when it is seen and runs. */
  seenSince: number;
  /** What `snapshot$` said last. */
  state = '';
  /** Whether transactions fail. */
  isStorageBroken = false;
  readonly #page = new Set<(event: PageEvent) => void>();
  #deferred: (() => void)[] = [];
  /** Whether the freeze was told. */
  #isTold = false;

  constructor(world: HostWorld, options: WorldTabOptions) {
    this.world = world;
    this.id = options.id;
    this.role = options.role;
    this.isVisible = options.role === 'page' && options.isVisible;
    this.seenSince = world.clock.now;
    this.host = joinLiveHost({
      name: 'test',
      userId: 'alice',
      storage: this.storage,
      environment: { ...this.environment, ...options.environment },
      connect: (fence) => {
        const connection = new WorldConnection(this, fence);
        this.connections.push(connection);
        return connection;
      },
      worker: options.worker ?? null,
    });
    this.host.snapshot$.subscribe(({ state }) => (this.state = state));
  }

  /** Its connection, unless it was closed. */
  get connection(): WorldConnection | undefined {
    return this.isGone ? undefined : this.connections.find(({ isClosed }) => !isClosed);
  }

  /** Who listens to its page. */
  get listeners(): number {
    return this.#page.size;
  }

  get isRunning(): boolean {
    return !this.isGone && !this.isFrozen;
  }

  /** Runs code of this tab, when it can. */
  run(code: () => void): void {
    if (this.isGone) return;
    if (this.isFrozen) this.#deferred.push(code);
    else code();
  }

  later(ms: number, code: () => void): () => void {
    let isOff = false;
    const stop = this.world.clock.after(ms, () => this.run(() => isOff || code()));
    return () => {
      isOff = true;
      stop();
    };
  }

  /** One transaction on the rows that all tabs share. */
  transaction<Result>(
    work: (row: unknown, put: (value: unknown) => void) => Result,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.later(1 + this.world.clock.below(20), () => {
        try {
          if (this.isStorageBroken) throw new Error('the disk is broken');
          resolve(work(this.world.row, (value) => (this.world.row = value)));
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  get storage(): Pick<ChatStorage, 'writeRows'> {
    return {
      writeRows: (work: RowWork) =>
        this.transaction((row, put) => {
          const context = { row: () => row } as Partial<RowContext> as RowContext;
          for (const { value } of work.change(context)) put(value);
        }),
    };
  }

  show(isVisible: boolean): void {
    if (this.isVisible === isVisible) return;
    this.isVisible = isVisible;
    this.seenSince = this.world.clock.now;
    this.#tell(isVisible ? 'visible' : 'hidden');
  }

  /** `told`: the browser says so before; a tab that hangs is not told. */
  freeze(how: 'told' | 'hangs'): void {
    if (this.isFrozen) return;
    if (how === 'told') this.#tell('freeze');
    this.#isTold = how === 'told';
    this.isFrozen = true;
  }

  thaw(): void {
    if (!this.isFrozen) return;
    this.isFrozen = false;
    this.seenSince = this.world.clock.now;
    const deferred = this.#deferred;
    this.#deferred = [];
    // What has waited arrives in any order of its sources; here: in the order in which it came.
    for (const code of deferred) this.later(0, code);
    if (this.#isTold) this.#tell('resume');
  }

  /** The application leaves, as when the person signs out; the tab stays. */
  async leave(): Promise<void> {
    this.hasLeft = true;
    await this.host.close();
  }

  /** Closed by the person, killed by the browser, or crashed: nothing of it runs any more. */
  disappear(): void {
    this.isGone = true;
    this.world.forget(this);
  }

  #tell(event: PageEvent): void {
    this.run(() => this.#page.forEach((then) => then(event)));
  }

  /** What its code takes from the browser. */
  get environment(): HostEnvironment {
    const { world } = this;
    return {
      locks: { request: (name, how, work) => world.locks.request(this, name, how, work) },
      openChannel: (name) => world.openChannel(this, name),
      page:
        this.role === 'worker'
          ? null
          : {
              isVisible: () => this.isVisible,
              listen: (then) => {
                this.#page.add(then);
                return () => void this.#page.delete(then);
              },
            },
      elapsed: () => world.clock.now,
      after: (ms, run) => this.later(ms, run),
      newId: () => `${this.id}.${world.newId()}`,
    };
  }
}

/** What a tab is opened with. */
export interface WorldTabOptions {
  readonly id: string;
  readonly role: 'page' | 'worker';
  readonly isVisible: boolean;
  readonly environment?: Partial<HostEnvironment>;
  readonly worker?: WorkerLink;
}
