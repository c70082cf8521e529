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
const ANSWER_MS = 1_000;
/** A worker that hears nothing for 30 s is ended by the browser. */
const KEEP_ALIVE_MS = 10_000;

/** Opens the way to the service worker of this page, if it has one; a page without loses nothing but the worker. */
export function openWorkerLink(options: WorkerLinkOptions): WorkerLink {
  const { container, account, token, after, elapsed, newId } = options;
  const key = accountKey(account);
  const answers = new Map<string, () => void>();
  let isHost = false;
  let keptAliveAt = elapsed();
  let isFlushWanted = false;
  let isClosed = false;

  const registration = async (): Promise<WorkerRegistration | undefined> => {
    try {
      return await container.getRegistration();
    } catch {
      // Not allowed here: as if there were none.
      return undefined;
    }
  };
  const post = async (message: PageToWorker): Promise<void> => {
    (await registration())?.active?.postMessage(markedMessage(message));
  };
  const giveToken = async (id: string, refused: string | null): Promise<void> => {
    try {
      await post({ kind: 'token', id, token: await token(refused ?? undefined) });
    } catch {
      await post({ kind: 'no-token', id });
    }
  };
  const onMessage = ({ data }: { readonly data: unknown }): void => {
    const message = parseWorkerToPage(data);
    if (message?.kind === 'ready') answers.get(message.id)?.();
    else if (message && accountKey(message.account) === key) {
      void giveToken(message.id, message.refused);
    }
  };
  container.addEventListener('message', onMessage);
  container.startMessages?.();

  return {
    askToHost: async () => {
      const worker = (await registration())?.active;
      if (!worker || isClosed) return;
      const id = newId();
      await new Promise<void>((resolve) => {
        const stop = after(ANSWER_MS, resolve);
        answers.set(id, () => {
          stop();
          resolve();
        });
        worker.postMessage(markedMessage({ kind: 'host', id, account }));
      });
      answers.delete(id);
    },
    hostIsWorker: (is) => {
      isHost = is;
    },
    keepAlive: () => {
      if (!isHost || elapsed() - keptAliveAt < KEEP_ALIVE_MS) return;
      keptAliveAt = elapsed();
      void post({ kind: 'host', id: newId(), account });
    },
    flushLater: () => {
      if (isFlushWanted || isClosed) return;
      isFlushWanted = true;
      void registration()
        .then((found) => found?.sync?.register(flushTag(account)))
        .catch(() => undefined)
        .finally(() => (isFlushWanted = false));
    },
    close: () => {
      isClosed = true;
      container.removeEventListener('message', onMessage);
      for (const answer of answers.values()) answer();
      void post({ kind: 'leave', account });
    },
  };
}
