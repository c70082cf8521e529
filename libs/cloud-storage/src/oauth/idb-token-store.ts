import { type StoredTokens, type TokenStore } from './token-store.js';

const DATABASE = 'chat-vault-sign-in';
const STORE = 'tokens';

/**
 * Keeps sign-ins in IndexedDB of the page's origin, as they are: whatever script runs in this origin can read them. The database is
 * opened for each call, as there are few, so that nothing holds it open.
 */
export const idbTokenStore = (factory = globalThis.indexedDB): TokenStore => ({
  get: (key) => inStore<StoredTokens | undefined>(factory, 'readonly', (store) => store.get(key)),
  set: async (key, tokens) => {
    await inStore(factory, 'readwrite', (store) => store.put(tokens, key));
  },
  delete: async (key) => {
    await inStore(factory, 'readwrite', (store) => store.delete(key));
  },
});

const inStore = async <Result>(
  factory: IDBFactory,
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> => {
  const opening = factory.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await resultOf(opening);
  try {
    const transaction = database.transaction(STORE, mode);
    const committed = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    const [result] = await Promise.all([resultOf(ask(transaction.objectStore(STORE))), committed]);
    return result;
  } finally {
    database.close();
  }
};

const resultOf = <Result>(request: IDBRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
