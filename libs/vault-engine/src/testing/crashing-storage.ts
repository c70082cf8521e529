import { type ChatStorage } from '@chat-vault/chat-storage';

/** What a storage rejects with once its process is said to be dead. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** A storage that dies: calls that change something are carried out up to a number, all later ones reject. */
export interface CrashingStorage {
  readonly storage: ChatStorage;
  /** Changing calls so far, the refused ones included. */
  readonly writes: number;
}

const CHANGING: ReadonlySet<string | symbol> = new Set<keyof ChatStorage>([
  'apply',
  'confirm',
  'updateSyncState',
  'journalAll',
  'forgetProvider',
]);

/**
 * Lets `writes` changing calls of an engine through, then none. A crash at a reading call leaves the same state as one at the next changing call,
 * so these are all the states that a crash can leave in the storage.
 */
export function crashingStorage(storage: ChatStorage, writes: number): CrashingStorage {
  let count = 0;
  const proxy = new Proxy(storage, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const method = value.bind(target) as (...args: unknown[]) => unknown;
      if (!CHANGING.has(name)) return method;
      return (...args: unknown[]) => {
        count += 1;
        if (count > writes) return Promise.reject(new Crash(`died before ${String(name)}`));
        return method(...args);
      };
    },
  });
  return {
    storage: proxy,
    get writes() {
      return count;
    },
  };
}
