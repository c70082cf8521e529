import {
  accountKey,
  flushTag,
  type LiveAccount,
  markedMessage,
  type PageToWorker,
  parseWorkerToPage,
} from './worker-messages.js';

/** The part of a `ServiceWorkerRegistration` that is used; `sync` is there where the browser has Background Sync. */
export interface WorkerRegistration {
  readonly active: { postMessage(message: unknown): void } | null;
  readonly sync?: { register(tag: string): Promise<void> };
}

/** The part of `navigator.serviceWorker` that is used. */
export interface WorkerContainer {
  getRegistration(): Promise<WorkerRegistration | undefined>;
  addEventListener(name: 'message', then: (event: { readonly data: unknown }) => void): void;
  removeEventListener(name: 'message', then: (event: { readonly data: unknown }) => void): void;
  /** Messages that came before the document was parsed are given out from now on. */
  startMessages?(): void;
}

/** What a page has to do with the service worker. */
export interface WorkerLink {
  /** Asks it to hold the connection; settles when it has answered, and soon in any case. */
  askToHost(): Promise<void>;
  /** Whether the worker is the host, and has to be kept awake. */
  hostIsWorker(isHost: boolean): void;
  /** To be called often: keeps the worker awake while it is the host. */
  keepAlive(): void;
  /** Asks the browser to flush the outbox later, also when the page is gone by then. */
  flushLater(): void;
  /** The person leaves. */
  close(): void;
}

/** What `openWorkerLink` needs. */
export interface WorkerLinkOptions {
  readonly container: WorkerContainer;
  readonly account: LiveAccount;
  /** The worker has no token of its own. */
  readonly token: (refused?: string) => Promise<string | null>;
  readonly after: (ms: number, run: () => void) => () => void;
  readonly elapsed: () => number;
  readonly newId: () => string;
}

/** A worker that is not there by then is not waited for: the page begins, and the worker may follow. */
const ANSWER_MS = 2_000;
/** A worker that hears nothing for 30 s is ended by the browser. */
const KEEP_ALIVE_MS = 10_000;

/** Opens the way to the service worker of this page, if it has one; a page without loses nothing but the worker. */
export function openWorkerLink(options: WorkerLinkOptions): WorkerLink {
  return new PageWorkerLink(options);
}

class PageWorkerLink implements WorkerLink {
  readonly #options: WorkerLinkOptions;
  readonly #answers = new Map<string, () => void>();
  #isHost = false;
  #keptAliveAt: number;
  #isFlushWanted = false;
  #isClosed = false;

  constructor(options: WorkerLinkOptions) {
    this.#options = options;
    this.#keptAliveAt = options.elapsed();
    options.container.addEventListener('message', this.#onMessage);
    options.container.startMessages?.();
  }

  async askToHost(): Promise<void> {
    const { after, newId, account } = this.#options;
    if (!(await this.#registration())?.active || this.#isClosed) return;
    const id = newId();
    await new Promise<void>((resolve) => {
      const stop = after(ANSWER_MS, resolve);
      this.#answers.set(id, () => {
        stop();
        resolve();
      });
      void this.#post({ kind: 'host', id, account });
    });
    this.#answers.delete(id);
  }

  hostIsWorker(isHost: boolean): void {
    this.#isHost = isHost;
  }

  keepAlive(): void {
    const { elapsed, newId, account } = this.#options;
    if (!this.#isHost || elapsed() - this.#keptAliveAt < KEEP_ALIVE_MS) return;
    this.#keptAliveAt = elapsed();
    void this.#post({ kind: 'host', id: newId(), account });
  }

  flushLater(): void {
    if (this.#isFlushWanted || this.#isClosed) return;
    this.#isFlushWanted = true;
    void this.#registerFlush().finally(() => (this.#isFlushWanted = false));
  }

  close(): void {
    this.#isClosed = true;
    this.#options.container.removeEventListener('message', this.#onMessage);
    for (const answer of this.#answers.values()) answer();
    void this.#post({ kind: 'leave', account: this.#options.account });
  }

  readonly #onMessage = ({ data }: { readonly data: unknown }): void => {
    const message = parseWorkerToPage(data);
    if (message?.kind === 'ready') this.#answers.get(message.id)?.();
    else if (message && accountKey(message.account) === accountKey(this.#options.account)) {
      void this.#giveToken(message.id, message.refused);
    }
  };

  async #giveToken(id: string, refused: string | null): Promise<void> {
    try {
      const token = await this.#options.token(refused ?? undefined);
      await this.#post({ kind: 'token', id, token });
    } catch {
      // Why is the affair of the page, which is told of it by its own token function.
      await this.#post({ kind: 'no-token', id });
    }
  }

  async #registerFlush(): Promise<void> {
    try {
      await (await this.#registration())?.sync?.register(flushTag(this.#options.account));
    } catch {
      // Not allowed by the person or the browser: the next start flushes.
    }
  }

  async #post(message: PageToWorker): Promise<void> {
    try {
      (await this.#registration())?.active?.postMessage(markedMessage(message));
    } catch {
      // A worker that has just been replaced: the next one is asked when it is needed.
    }
  }

  async #registration(): Promise<WorkerRegistration | undefined> {
    try {
      return await this.#options.container.getRegistration();
    } catch {
      // Not allowed here: as if there were none.
      return undefined;
    }
  }
}
