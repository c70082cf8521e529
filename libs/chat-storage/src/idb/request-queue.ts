import { type IDBPObjectStore, type StoreKey, type StoreValue, unwrap } from 'idb';
import { type ChatSchema, type StoreNames } from './schema.js';

/** Requests sent between two turns of the event loop, so that no task exceeds 50 ms. */
const REQUESTS_PER_TURN = 16;

type WritableStore<Name extends StoreNames> = IDBPObjectStore<
  ChatSchema,
  StoreNames[],
  Name,
  'readwrite'
>;

/**
 * Writes that are not waited for one by one: each wait would cost a round trip to the browser's storage process, and a promise
 * for each a tenth of a restore. When one fails, its transaction fails, which is where that is handled.
 */
export class RequestQueue {
  #last: IDBRequest | undefined;
  /** Settles with the last one that was sent before the turn before. */
  #earlier: Promise<void> = Promise.resolve();
  #sent = 0;
  #isUsed = false;

  /** Whether anything was sent. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  put<Name extends StoreNames>(
    store: WritableStore<Name>,
    value: StoreValue<ChatSchema, Name>,
    key?: StoreKey<ChatSchema, Name>,
  ): void {
    this.#count(unwrap(store).put(value, key));
  }

  delete<Name extends StoreNames>(
    store: WritableStore<Name>,
    key: StoreKey<ChatSchema, Name>,
  ): void {
    this.#count(unwrap(store).delete(key));
  }

  /**
   * Waits, when much was sent, so that the event loop gets its turn: for what was sent a turn ago, so that the storage
   * process has work meanwhile.
   */
  async turn(): Promise<void> {
    if (this.#last === undefined || this.#sent < REQUESTS_PER_TURN) return;
    const earlier = this.#earlier;
    this.#sent = 0;
    this.#earlier = settled(this.#last);
    await earlier;
  }

  #count(request: IDBRequest): void {
    this.#last = request;
    this.#sent++;
    this.#isUsed = true;
  }
}

/** Settles when the request has; that it failed matters only to who waits for it. */
function settled(request: IDBRequest): Promise<void> {
  const promise = new Promise<void>((resolve, reject) => {
    if (request.readyState === 'done') return resolve();
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
  promise.catch(() => undefined);
  return promise;
}
