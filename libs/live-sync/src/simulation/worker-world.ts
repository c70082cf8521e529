import { type ChatStorage } from '@chat-vault/chat-storage';
import { openWorkerLink, type WorkerContainer, type WorkerLink } from '../host/worker-link.js';
import { type LiveAccount } from '../host/worker-messages.js';
import { startLiveWorker, type WorkerConnectionOptions } from '../service-worker/live-worker.js';
import {
  type LiveWorkerClient,
  type LiveWorkerEvent,
} from '../service-worker/live-worker-scope.js';
import { type HostWorld } from './host-world.js';
import { WorldConnection } from './world-connection.js';
import { WorldTab } from './world-tab.js';

/** The account of the tests. */
export const ALICE: LiveAccount = { database: 'chat', url: 'https://chat.test', userId: 'alice' };

/** A page that talks to the worker. */
export interface WorkerPage extends LiveWorkerClient {
  readonly link: WorkerLink;
  /** What the worker said to it. */
  readonly heard: unknown[];
  isGone: boolean;
}

/** One run of a service worker's script, and pages that know of it. */
export class WorkerWorld {
  readonly world: HostWorld;
  /** The tab whose clock and locks the script uses. */
  readonly scope: WorldTab;
  readonly pages: WorkerPage[] = [];
  readonly opened: LiveAccount[] = [];
  /** How many storages were closed again. */
  closed = 0;
  readonly connections: (WorkerConnectionOptions & { readonly connection: WorldConnection })[] = [];
  /** Tags that pages registered. */
  readonly tags: string[] = [];
  /** Whether the worker answers. */
  isHung = false;
  hasSync = true;
  storageError: Error | null = null;
  /** The token that the application has in the worker. */
  ownToken: string | null = null;
  readonly #listeners = new Map<string, (event: Event) => void>();

  constructor(world: HostWorld) {
    this.world = world;
    this.scope = new WorldTab(world, {
      id: 'script',
      role: 'worker',
      isVisible: false,
      environment: { locks: null },
    });
    // Only what it takes from the browser is of use here.
    void this.scope.leave();
    startLiveWorker({
      scope: {
        addEventListener: (name, then) => void this.#listeners.set(name, then),
        clients: { matchAll: async () => this.pages.filter(({ isGone }) => !isGone) },
      },
      openStorage: async (account) => {
        this.opened.push(account);
        if (this.storageError) throw this.storageError;
        const storage: Partial<ChatStorage> = {
          ...this.scope.storage,
          deviceId: account.database,
          close: async () => void (this.closed += 1),
        };
        return storage as ChatStorage;
      },
      ownToken: async () => {
        if (this.ownToken === null) throw new Error('no page, and no token of our own');
        return this.ownToken;
      },
      connect: (options) => {
        const connection = new WorldConnection(this.scope, options.fence);
        this.connections.push({ ...options, connection });
        return connection;
      },
      environment: this.scope.environment,
    });
  }

  /** Gives an event to the worker; what it keeps the worker awake for, or `null` when it is none of its own. */
  dispatch(name: string, event: Omit<LiveWorkerEvent, 'waitUntil'>): Promise<unknown> | null {
    let work: Promise<unknown> | null = null;
    const given = { ...event, waitUntil: (until: Promise<unknown>) => (work = until) };
    this.#listeners.get(name)?.(given as unknown as Event);
    return work;
  }

  get listenersOf(): readonly string[] {
    return [...this.#listeners.keys()];
  }

  open(
    id: string,
    token: (refused?: string) => Promise<string | null>,
    account: LiveAccount = ALICE,
  ): WorkerPage {
    const listeners = new Set<Parameters<WorkerContainer['addEventListener']>[1]>();
    const { clock } = this.world;
    const heard: unknown[] = [];
    const page: WorkerPage = {
      id,
      heard,
      isGone: false,
      postMessage: (data) => {
        heard.push(data);
        clock.after(1, () => page.isGone || listeners.forEach((then) => then({ data })));
      },
      link: openWorkerLink({
        account,
        token,
        container: {
          addEventListener: (_, then) => void listeners.add(then),
          removeEventListener: (_, then) => void listeners.delete(then),
          getRegistration: async () => ({
            active: {
              postMessage: (data) =>
                void clock.after(1, () => {
                  if (!this.isHung) void this.dispatch('message', { data, source: page });
                }),
            },
            ...(this.hasSync && { sync: { register: async (tag) => void this.tags.push(tag) } }),
          }),
        },
        after: (ms, run) => clock.after(ms, run),
        elapsed: () => clock.now,
        newId: () => `${id}.${this.world.newId()}`,
      }),
    };
    this.pages.push(page);
    return page;
  }
}
