import { type ChatStorage } from '@chat-vault/chat-storage';
import { type HostFence } from '../host/host-fence.js';
import { type HostEnvironment } from '../host/host-environment.js';
import { joinLiveHost, type LiveHost } from '../host/join-live-host.js';
import { type LiveConnection } from '../client/live-connection.js';
import { type LiveState } from '../client/live-snapshot.js';
import { liveHostName } from '../host/live-host-name.js';
import {
  accountKey,
  type LiveAccount,
  markedMessage,
  parseFlushTag,
  parsePageToWorker,
} from '../host/worker-messages.js';
import {
  type LiveWorkerClient,
  type LiveWorkerEvent,
  type LiveWorkerScope,
} from './live-worker-scope.js';
import { PageTokens } from './page-tokens.js';

/** What a connection in a worker is made of. */
export interface WorkerConnectionOptions {
  readonly account: LiveAccount;
  readonly storage: ChatStorage;
  readonly token: (refused?: string) => Promise<string | null>;
  readonly fence: HostFence;
}

/** What `startLiveWorker` needs. */
export interface LiveWorkerOptions {
  readonly scope: LiveWorkerScope;
  readonly openStorage: (account: LiveAccount) => Promise<ChatStorage>;
  /** A token for when no page answers. */
  readonly ownToken?: (account: LiveAccount, refused?: string) => Promise<string | null>;
  readonly connect: (options: WorkerConnectionOptions) => LiveConnection;
  readonly environment: HostEnvironment;
}

/** Ends connections of which all pages are gone. */
const SWEEP_MS = 30_000;
/** How long the browser is kept from ending the worker for one flush. */
const FLUSH_MS = 20_000;

/** Hosts the connections that pages ask for, and flushes when the browser says that it is time. */
export function startLiveWorker(options: LiveWorkerOptions): void {
  const worker = new LiveWorker(options);
  const listen = (name: string, then: (event: LiveWorkerEvent) => Promise<void> | null): void =>
    options.scope.addEventListener(name, (event) => {
      const ours = event as unknown as LiveWorkerEvent;
      const work = then(ours);
      if (work) ours.waitUntil(work);
    });
  listen('message', ({ data, source }) => worker.onMessage(data, source ?? null));
  listen('sync', ({ tag }) => worker.onSync(tag ?? ''));
}

/** The connection of one account, as long as a page has use for it. */
interface Session {
  readonly account: LiveAccount;
  readonly storage: ChatStorage;
  readonly host: LiveHost;
  state: LiveState;
  /** Ids of the pages that asked for it. */
  readonly pages: Set<string>;
  /** Flushes under way. */
  flushes: number;
}

class LiveWorker {
  readonly #options: LiveWorkerOptions;
  readonly #tokens: PageTokens;
  readonly #sessions = new Map<string, Promise<Session>>();
  #isSweepDue = false;

  constructor(options: LiveWorkerOptions) {
    const { environment } = options;
    this.#options = options;
    this.#tokens = new PageTokens({
      ...options,
      newId: environment.newId,
      after: environment.after,
    });
  }

  /** `null` for a message that is not ours. */
  onMessage(data: unknown, page: LiveWorkerClient | null): Promise<void> | null {
    const message = parsePageToWorker(data);
    switch (message?.kind) {
      case 'host':
        return this.#hostFor(message.account, message.id, page);
      case 'leave':
        return this.#leave(message.account, page);
      case 'token':
        this.#tokens.answered(message.id, message.token);
        return Promise.resolve();
      case 'no-token':
        this.#tokens.answered(message.id, undefined);
        return Promise.resolve();
      case undefined:
        return null;
    }
  }

  /**
   * `null` for a tag that is not ours.
   *
   * @throws Error (rejects) when the outbox could not be sent: the browser tries again.
   */
  onSync(tag: string): Promise<void> | null {
    const account = parseFlushTag(tag);
    return account && this.#flush(account);
  }

  async #hostFor(account: LiveAccount, id: string, page: LiveWorkerClient | null): Promise<void> {
    const session = await this.#session(account);
    if (page && !session.pages.has(page.id)) {
      session.pages.add(page.id);
      // The person may have signed in to come here.
      if (session.state === 'auth-error') session.host.signedIn();
    }
    page?.postMessage(markedMessage({ kind: 'ready', id }));
    this.#sweepLater();
  }

  async #leave(account: LiveAccount, page: LiveWorkerClient | null): Promise<void> {
    const session = await this.#sessions.get(accountKey(account));
    if (!session) return;
    if (page) session.pages.delete(page.id);
    await this.#endUnused(session);
  }

  async #flush(account: LiveAccount): Promise<void> {
    const session = await this.#session(account);
    session.flushes += 1;
    try {
      await this.#inTime(session.host.syncNow());
    } finally {
      session.flushes -= 1;
      await this.#endUnused(session);
    }
  }

  #session(account: LiveAccount): Promise<Session> {
    const key = accountKey(account);
    const known = this.#sessions.get(key);
    if (known) return known;
    const opened = this.#open(account);
    this.#sessions.set(key, opened);
    // Pages do without; the next one that asks finds a new try.
    opened.catch(() => this.#sessions.delete(key));
    return opened;
  }

  async #open(account: LiveAccount): Promise<Session> {
    const { openStorage, connect, environment } = this.#options;
    const storage = await openStorage(account);
    const token = (refused?: string): Promise<string | null> =>
      this.#tokens.token(account, refused);
    const host = joinLiveHost({
      name: liveHostName(storage.deviceId, account.userId),
      userId: account.userId,
      storage,
      connect: (fence) => connect({ account, storage, token, fence }),
      environment: { ...environment, page: null },
      worker: null,
    });
    const session: Session = {
      account,
      storage,
      host,
      state: 'connecting',
      pages: new Set(),
      flushes: 0,
    };
    host.snapshot$.subscribe(({ state }) => (session.state = state));
    return session;
  }

  async #endUnused(session: Session): Promise<void> {
    if (session.pages.size > 0 || session.flushes > 0) return;
    if (!this.#sessions.delete(accountKey(session.account))) return;
    this.#tokens.forget(session.account);
    await session.host.close();
    await session.storage.close();
  }

  #sweepLater(): void {
    if (this.#isSweepDue) return;
    this.#isSweepDue = true;
    this.#options.environment.after(SWEEP_MS, () => {
      this.#isSweepDue = false;
      // What cannot be opened has been told to who asked for it.
      this.#sweep().catch(() => undefined);
    });
  }

  async #sweep(): Promise<void> {
    const { scope } = this.#options;
    const pages = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
    const living = new Set(pages.map(({ id }) => id));
    for (const opened of [...this.#sessions.values()]) {
      const session = await opened;
      for (const id of session.pages) if (!living.has(id)) session.pages.delete(id);
      await this.#endUnused(session);
    }
    if (this.#sessions.size > 0) this.#sweepLater();
  }

  async #inTime(work: Promise<void>): Promise<void> {
    let stop: () => void = () => undefined;
    const late = new Promise<never>((_, reject) => {
      const fail = (): void => reject(new Error('live-sync: not flushed in time'));
      stop = this.#options.environment.after(FLUSH_MS, fail);
    });
    try {
      await Promise.race([work, late]);
    } finally {
      stop();
    }
  }
}
