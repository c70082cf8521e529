import { StorageError } from '../port/storage-error.js';
import { type IdbEnvironment } from './idb-options.js';
import { deleteDatabase, openDatabase } from './open-database.js';
import {
  type ChatDatabase,
  type ReadTransaction,
  type SchemaStep,
  STORES,
  type WriteTransaction,
} from './schema.js';

/** How often a lost connection is opened again before a call fails. */
const REOPEN_TRIES = 5;

/** Wait before the second attempt to reopen; doubles each time. */
const REOPEN_WAIT_MS = 50;

/**
 * Keeps one connection open and runs transactions over it. A connection that the browser loses (WebKit does so to
 * background tabs) is opened again and the transaction that failed is repeated; one that another tab asks for (an upgrade, a
 * deletion) is given up for good.
 */
export class Connection {
  readonly #environment: IdbEnvironment;
  readonly #steps: readonly SchemaStep[];
  #database: Promise<ChatDatabase> | undefined;
  #closedBecause: string | undefined;

  constructor(environment: IdbEnvironment, steps: readonly SchemaStep[]) {
    this.#environment = environment;
    this.#steps = steps;
    environment.page?.addEventListener('pageshow', this.#probe);
    environment.page?.addEventListener('visibilitychange', this.#probe);
  }

  /** Runs `work` in a read-only transaction over all stores. `work` awaits nothing but requests of the transaction. */
  read<Result>(work: (transaction: ReadTransaction) => Promise<Result>): Promise<Result> {
    return this.#run(async (database) => {
      const transaction = database.transaction(STORES, 'readonly');
      // Its end tells nothing that the results did not.
      transaction.done.catch(() => undefined);
      return work(transaction);
    });
  }

  /**
   * Runs `work` in one transaction over all stores, and resolves when it is committed: when `strict`, on disk. When `work`
   * fails, nothing of it is written.
   */
  write<Result>(
    durability: 'strict' | 'relaxed',
    work: (transaction: WriteTransaction) => Promise<Result>,
  ): Promise<Result> {
    return this.#run(async (database) => {
      const transaction = database.transaction(STORES, 'readwrite', { durability });
      let result: Result;
      try {
        result = await work(transaction);
      } catch (error) {
        throw (await abort(transaction)) ?? error;
      }
      await commit(transaction);
      return result;
    });
  }

  /** Waits for what is under way, then closes; further calls reject with `storage-closed`. */
  async close(reason = 'was closed'): Promise<void> {
    this.#closedBecause ??= reason;
    this.#environment.page?.removeEventListener('pageshow', this.#probe);
    this.#environment.page?.removeEventListener('visibilitychange', this.#probe);
    const database = this.#database;
    this.#database = undefined;
    // A database that could not be opened has nothing to close.
    await database?.then(
      (open) => open.close(),
      () => undefined,
    );
  }

  async destroy(): Promise<void> {
    await this.close();
    await deleteDatabase(this.#environment);
  }

  readonly #probe = (): void => {
    // What a probe cannot heal is reported by the next call.
    this.read((transaction) => transaction.objectStore('meta').count()).catch(() => undefined);
  };

  async #run<Result>(attempt: (database: ChatDatabase) => Promise<Result>): Promise<Result> {
    for (let tries = 0; ; tries++) {
      if (this.#closedBecause) throw this.#closed(this.#closedBecause);
      const opening = (this.#database ??= this.#open());
      try {
        return await attempt(await opening);
      } catch (error) {
        if (!isConnectionLost(error)) throw translate(error);
        if (this.#database === opening) this.#drop(opening);
        if (tries === REOPEN_TRIES) throw this.#closed('lost its connection', error);
        if (tries > 0) await this.#environment.wait(REOPEN_WAIT_MS * 2 ** tries);
      }
    }
  }

  async #open(): Promise<ChatDatabase> {
    try {
      const database = await openDatabase(this.#environment, this.#steps);
      database.addEventListener('versionchange', () => {
        void this.close('was given up for a tab that upgrades or deletes it; reload the page');
      });
      database.addEventListener('close', () => {
        this.#database = undefined;
      });
      return database;
    } catch (error) {
      this.#database = undefined;
      throw error;
    }
  }

  /** Lets go of a connection that failed, so that it does not block an upgrade if it lives on. */
  #drop(opening: Promise<ChatDatabase>): void {
    this.#database = undefined;
    opening.then(
      (database) => database.close(),
      () => undefined,
    );
  }

  #closed(reason: string, cause?: unknown): StorageError {
    const { name } = this.#environment;
    return new StorageError('storage-closed', `chat-storage: the database "${name}" ${reason}`, {
      cause,
      details: { name },
    });
  }
}

/** Asks for the commit without waiting for the last requests, and waits for it. */
async function commit(transaction: WriteTransaction): Promise<void> {
  try {
    transaction.commit();
  } catch {
    // It has aborted by itself, for the reason that `done` gives.
  }
  await transaction.done;
}

/**
 * Ends a transaction without a commit. Gives the reason when it had aborted by itself, which says more than the error of one
 * of its requests: a full disk aborts them all.
 */
async function abort(transaction: WriteTransaction): Promise<unknown> {
  let hasAborted = false;
  try {
    transaction.abort();
  } catch {
    hasAborted = true;
  }
  const reason = await transaction.done.catch((error: unknown) => error);
  return hasAborted ? reason : undefined;
}

/** Whether the connection is gone though nobody here closed it. */
const isConnectionLost = (error: unknown): boolean =>
  ['InvalidStateError', 'UnknownError', 'AbortError'].includes(nameOf(error));

function translate(error: unknown): unknown {
  switch (nameOf(error)) {
    case 'QuotaExceededError':
      return new StorageError(
        'storage-full',
        'chat-storage: the browser has no room left for this site, nothing was written; free some space and try again',
        { cause: error },
      );
    case 'VersionError':
      return new StorageError(
        'storage-closed',
        'chat-storage: a newer version of the app has opened this database; reload the page',
        { cause: error },
      );
    default:
      return error;
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');
