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

/**
 * An IndexedDB in memory that nobody else sees, or the real one where there is one. `idb` recognises requests by the global classes, so those
 * are installed where they are missing.
 */
export function inMemoryIndexedDb(): globalThis.IDBFactory {
  const present = (globalThis as { IDBRequest?: unknown }).IDBRequest;
  if (present !== undefined && present !== IDBRequest) return globalThis.indexedDB;
  Object.assign(globalThis, {
    IDBCursor,
    IDBCursorWithValue,
    IDBDatabase,
    IDBIndex,
    IDBKeyRange,
    IDBObjectStore,
    IDBOpenDBRequest,
    IDBRequest,
    IDBTransaction,
  });
  return new IDBFactory();
}
