import { type StorageChange } from '../port/chat-storage.js';

/** How contexts (tabs, workers) tell each other of commits; a `BroadcastChannel` fits. */
export interface ChangeChannel {
  postMessage(change: Omit<StorageChange, 'fromOtherContext'>): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  close(): void;
}

/** How the storage is opened. All is optional: the defaults are those of a browser. */
export interface IdbChatStorageOptions {
  /** Name of the database; one for each account. Default `chat-vault`. */
  readonly name?: string;
  /** 16 hex digits, used when the database is made; a database that exists keeps its own. Default: random. */
  readonly deviceId?: string;
  /** Wall clock, Unix ms. */
  readonly now?: () => number;
  /** Senders whose messages are never unread: the person's own ids. */
  readonly ownSenderIds?: readonly string[];
  readonly indexedDB?: IDBFactory;
  /** Makes the channel to other contexts of the same database; `undefined` when there is none. */
  readonly openChannel?: (name: string) => ChangeChannel | undefined;
  readonly randomBytes?: (length: number) => Uint8Array;
  /** Resolves after that many milliseconds, or when aborted. */
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Where `pageshow` and `visibilitychange` are heard: then the connection is probed. Default: the window, when there is one. */
  readonly page?: EventTarget;
}

/** `options` with every default filled in. */
export type IdbEnvironment = Required<Omit<IdbChatStorageOptions, 'page' | 'deviceId'>> &
  Pick<IdbChatStorageOptions, 'page' | 'deviceId'>;

/** Fills in what the browser offers. */
export function idbEnvironment(options: IdbChatStorageOptions): IdbEnvironment {
  return {
    name: 'chat-vault',
    now: Date.now,
    ownSenderIds: [],
    indexedDB: globalThis.indexedDB,
    openChannel: openBroadcastChannel,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    wait: waitByTimer,
    ...(typeof window === 'undefined' ? {} : { page: window }),
    ...options,
  };
}

function openBroadcastChannel(name: string): ChangeChannel | undefined {
  if (typeof BroadcastChannel === 'undefined') return undefined;
  const channel = new BroadcastChannel(name);
  // Node keeps a process alive for an open channel; browsers have no such method.
  (channel as { unref?: () => void }).unref?.();
  return channel;
}

const waitByTimer = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
