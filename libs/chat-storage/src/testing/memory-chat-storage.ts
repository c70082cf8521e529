import {
  IDBCursor,
  IDBCursorWithValue,
  IDBDatabase,
  IDBFactory,
  IDBIndex,
  IDBKeyRange,
  IDBObjectStore,
  IDBOpenDBRequest,
  IDBRequest,
  IDBTransaction,
} from 'fake-indexeddb';
import { type IdbChatStorageOptions, openIdbChatStorage } from '../idb/index.js';
import { type ChatStorage } from '../port/chat-storage.js';

let count = 0;

/**
 * A `ChatStorage` that begins empty and is seen by nobody else: the real implementation over an IndexedDB in memory
 * (fake-indexeddb, whose globals it installs), or where there is a real one, such as in a browser, a database of a unique name.
 */
export function memoryChatStorage(options: IdbChatStorageOptions = {}): Promise<ChatStorage> {
  return openIdbChatStorage({
    indexedDB: privateFactory(),
    name: `memory-${++count}-${crypto.randomUUID()}`,
    openChannel: () => undefined,
    ...options,
  });
}

/** `idb` recognises requests by the global classes, so the factory must fit those. */
function privateFactory(): IDBFactory {
  const classes = {
    IDBCursor,
    IDBCursorWithValue,
    IDBDatabase,
    IDBIndex,
    IDBKeyRange,
    IDBObjectStore,
    IDBOpenDBRequest,
    IDBRequest,
    IDBTransaction,
  };
  const present = (globalThis as { IDBRequest?: unknown }).IDBRequest;
  if (present !== undefined && present !== IDBRequest) return globalThis.indexedDB;
  Object.assign(globalThis, classes);
  return new IDBFactory();
}
