import { wrap } from 'idb';
import { StorageError } from '../port/storage-error.js';
import { type IdbEnvironment } from './idb-options.js';
import { type ChatDatabase, type SchemaStep, type UpgradeTransaction } from './schema.js';

/** How long another tab may hold an older version open before opening is given up. */
const BLOCKED_MS = 5_000;

/**
 * Opens the database and brings its schema up to date.
 *
 * @throws StorageError `upgrade-blocked` when another tab does not let go of an older version within 5 s
 */
export async function openDatabase(
  environment: Pick<IdbEnvironment, 'indexedDB' | 'name' | 'wait' | 'randomBytes' | 'deviceId'>,
  steps: readonly SchemaStep[],
): Promise<ChatDatabase> {
  const { name, deviceId, randomBytes } = environment;
  const request = environment.indexedDB.open(name, steps.length);
  let failure: unknown;
  request.addEventListener('upgradeneeded', ({ oldVersion }) => {
    const database = wrap(request.result) as unknown as ChatDatabase;
    const transaction = wrap(
      request.transaction as IDBTransaction,
    ) as unknown as UpgradeTransaction;
    // An upgrade that is taken back makes the request fail too, which is where it is handled.
    transaction.done.catch(() => undefined);
    try {
      for (const step of steps.slice(oldVersion)) {
        step(database, transaction, deviceId ?? hex(randomBytes(8)));
      }
    } catch (error) {
      failure = error;
      transaction.abort();
    }
  });
  try {
    const database = await unlessBlocked(request, environment, (late) => late.close());
    return wrap(database) as unknown as ChatDatabase;
  } catch (error) {
    throw failure ?? error;
  }
}

/** Deletes the database; the connections of other tabs close themselves. */
export const deleteDatabase = (
  environment: Pick<IdbEnvironment, 'indexedDB' | 'name' | 'wait'>,
): Promise<unknown> =>
  unlessBlocked(
    environment.indexedDB.deleteDatabase(environment.name),
    environment,
    () => undefined,
  );

/** The result of a request, unless it stays blocked for too long; a result that comes later goes to `discard`. */
function unlessBlocked<Result>(
  request: IDBOpenDBRequest & IDBRequest<Result>,
  { name, wait }: Pick<IdbEnvironment, 'name' | 'wait'>,
  discard: (late: Result) => void,
): Promise<Result> {
  const settled = new AbortController();
  return new Promise<Result>((resolve, reject) => {
    request.addEventListener('blocked', () => {
      void wait(BLOCKED_MS, settled.signal).then(() => {
        if (settled.signal.aborted) return;
        settled.abort();
        reject(
          new StorageError(
            'upgrade-blocked',
            `chat-storage: another tab holds an older version of "${name}" open; close it and try again`,
            { details: { name } },
          ),
        );
      });
    });
    request.addEventListener('success', () => {
      if (settled.signal.aborted) discard(request.result);
      settled.abort();
      resolve(request.result);
    });
    request.addEventListener('error', () => {
      settled.abort();
      reject(request.error);
    });
  });
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
