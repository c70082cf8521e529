import { type HostChannel, type HostEnvironment } from '../host/host-environment.js';
import { type WorkerLink } from '../host/worker-link.js';
import { WorldClock } from './world-clock.js';
import { type WorldConnection } from './world-connection.js';
import { WorldLocks } from './world-locks.js';
import { WorldTab } from './world-tab.js';

/** The longest that somebody who looks at a tab may be without a connection. */
const MAX_WITHOUT_MS = 15_000;

/** A browser with tabs, perhaps a service worker, locks, channels and a database; checks what must always hold. */
export class HostWorld {
  readonly clock: WorldClock;
  readonly locks = new WorldLocks();
  readonly tabs: WorldTab[] = [];
  /** What tabs may do without. */
  environment: Partial<HostEnvironment> = {};
  /** Whether tabs have a service worker. */
  hasWorker = false;
  /** Whether fences are looked at; the test of the test turns it off. */
  isFenced = true;
  /** `live.state/host…` */
  row: unknown = undefined;
  writes = 0;
  readonly violations: string[] = [];
  readonly #channels = new Map<
    string,
    Set<{ readonly tab: WorldTab; readonly channel: HostChannel }>
  >();
  #ids = 0;
  #lastToken = '';
  #connectedAt = 0;

  constructor(seed = 1) {
    this.clock = new WorldClock(seed);
  }

  newId(): number {
    return this.#ids++;
  }

  open(isVisible = true): WorldTab {
    return this.#add('page', isVisible);
  }

  /** The worker that is awake. */
  get worker(): WorldTab | undefined {
    return this.tabs.find(({ role, isGone }) => role === 'worker' && !isGone);
  }

  get livingTabs(): readonly WorldTab[] {
    return this.tabs.filter(({ isGone }) => !isGone);
  }

  /** Channels that are open. */
  get channels(): number {
    return [...this.#channels.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Connections that are open, in a tab that runs. */
  get connections(): readonly WorldConnection[] {
    return this.livingTabs.flatMap((tab) => (tab.isRunning ? (tab.connection ?? []) : []));
  }

  /** All connections that could write now. */
  get admitted(): readonly WorldConnection[] {
    const { token } = (this.row ?? {}) as { readonly token?: string };
    return this.livingTabs
      .flatMap(({ connections }) => connections)
      .filter(({ isClosed, fence }) => !isClosed && fence.token === token);
  }

  pass(ms: number): Promise<void> {
    return this.clock.pass(ms, () => this.#check());
  }

  /** Called by a connection inside of a transaction that its fence allowed. */
  wrote({ fence, tab }: WorldConnection): void {
    this.writes++;
    if (fence.token < this.#lastToken) this.#violated(`${tab.id} writes though it was replaced`);
    this.#lastToken = fence.token;
  }

  openChannel(tab: WorldTab, name: string): HostChannel {
    const members = this.#channels.get(name) ?? new Set();
    this.#channels.set(name, members);
    const channel: HostChannel = {
      onmessage: null,
      postMessage: (message) => {
        const data: unknown = structuredClone(message);
        for (const other of members) {
          if (other === member) continue;
          other.tab.later(2, () => other.channel.onmessage?.({ data } as MessageEvent));
        }
      },
      close: () => {
        channel.onmessage = null;
        members.delete(member);
      },
    };
    const member = { tab, channel };
    members.add(member);
    return channel;
  }

  forget(tab: WorldTab): void {
    this.locks.forget(tab);
    for (const members of this.#channels.values()) {
      for (const member of members) if (member.tab === tab) members.delete(member);
    }
  }

  #add(role: 'page' | 'worker', isVisible: boolean): WorldTab {
    const tab = new WorldTab(this, {
      id: `${role}${this.newId()}`,
      role,
      isVisible,
      environment: this.environment,
      ...(role === 'page' && this.hasWorker && { worker: this.#workerLink() }),
    });
    this.tabs.push(tab);
    return tab;
  }

  /** A worker that the browser starts when something is posted to it. */
  #workerLink(): WorkerLink {
    let isHost = false;
    const wake = (): void => void (this.worker ?? this.#add('worker', false));
    return {
      askToHost: async () => {
        wake();
        await new Promise<void>((resolve) => this.clock.after(50, resolve));
      },
      hostIsWorker: (is) => (isHost = is),
      keepAlive: () => isHost && wake(),
      flushLater: () => undefined,
      close: () => undefined,
    };
  }

  #check(): void {
    if (this.admitted.length > 1) this.#violated('two connections pass the fence');
    const admitted = this.admitted.some(({ tab }) => tab.isRunning);
    const lookers = this.livingTabs.filter(
      ({ isVisible, isFrozen, hasLeft }) => isVisible && !isFrozen && !hasLeft,
    );
    if (admitted) this.#connectedAt = this.clock.now;
    const since = Math.min(...lookers.map(({ seenSince }) => seenSince));
    if (this.clock.now - Math.max(this.#connectedAt, since) > MAX_WITHOUT_MS) {
      this.#violated('somebody looks, and there is no connection');
    }
  }

  #violated(what: string): void {
    this.violations.push(`${this.clock.now} ms: ${what}`);
  }
}
