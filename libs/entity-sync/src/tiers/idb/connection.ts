import { type DBSchema, type IDBPDatabase, type IDBPTransaction, wrap } from 'idb';
import { EntitySyncError } from '../../errors/entity-sync-error.js';
import { type PartPrefix } from '../parts/parts.js';

/** What is stored under a key: the value itself, or of which parts it consists. */
export type ValueRow = { readonly kind: 'whole'; readonly value: unknown } | PartsRow;

/** Of which parts a value consists, and a hash of each, which tells whether it changes. */
export interface PartsRow {
  readonly kind: 'parts';
  readonly depth: number;
  readonly hashes: ReadonlyMap<PartPrefix, string>;
}

/** The stores of the database. */
export interface EntitySchema extends DBSchema {
  values: { key: string; value: ValueRow };
  parts: { key: [key: string, prefix: PartPrefix]; value: unknown };
}

type Stores = ['values', 'parts'];
const STORES: Stores = ['values', 'parts'];

/** A transaction over both stores. */
export type Transaction<Mode extends IDBTransactionMode> = IDBPTransaction<
  EntitySchema,
  Stores,
  Mode
>;

const VERSION = 1;
/** How often a lost connection is opened again before a call fails. */
const MAX_TRIES = 5;

/**
 * Keeps a connection open and runs transactions over it. One that the browser takes away (WebKit does so to tabs in the background) or that
 * another tab asks for (to delete the database) is let go, and opened again with the next call; a transaction that failed because of that is repeated.
 */
export class Connection {
  readonly #factory: IDBFactory;
  readonly #name: string;
  #database: Promise<IDBPDatabase<EntitySchema>> | undefined;
  #isClosed = false;

  constructor(factory: IDBFactory, name: string) {
    this.#factory = factory;
    this.#name = name;
  }

  /** Runs `work` in a transaction that writes nothing. `work` awaits nothing but its requests. */
  read<Result>(work: (transaction: Transaction<'readonly'>) => Promise<Result>): Promise<Result> {
    return this.#run(async (database) => {
      const transaction = database.transaction(STORES, 'readonly');
      transaction.done.catch(() => undefined); // its end tells nothing that the results did not
      return work(transaction);
    });
  }

  /** Runs `work` in one transaction and resolves when it is on disk. When `work` fails, nothing of it is written. */
  write(work: (transaction: Transaction<'readwrite'>) => Promise<void>): Promise<void> {
    return this.#run(async (database) => {
      const transaction = database.transaction(STORES, 'readwrite', { durability: 'strict' });
      try {
        await work(transaction);
      } catch (error) {
        throw (await aborted(transaction)) ?? error;
      }
      await transaction.done;
    });
  }

  /** Waits for nothing new; further calls reject with `storage-closed`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const database = this.#database;
    this.#database = undefined;
    await database?.then(
      (open) => open.close(),
      () => undefined, // one that could not be opened has nothing to close
    );
  }

  /** Closes, and deletes the database. */
  async destroy(): Promise<void> {
    await this.close();
    const request = this.#factory.deleteDatabase(this.#name);
    await wrap(request as unknown as IDBRequest<undefined>);
  }

  async #run<Result>(
    attempt: (database: IDBPDatabase<EntitySchema>) => Promise<Result>,
  ): Promise<Result> {
    for (let tries = 1; ; tries++) {
      if (this.#isClosed) throw this.#closed('was closed');
      const opening = (this.#database ??= this.#open());
      try {
        return await attempt(await opening);
      } catch (error) {
        if (!isConnectionLost(error)) throw this.#translate(error);
        this.#drop(opening);
        if (tries === MAX_TRIES) throw this.#closed('lost its connection again and again', error);
      }
    }
  }

  #open(): Promise<IDBPDatabase<EntitySchema>> {
    const request = this.#factory.open(this.#name, VERSION);
    request.addEventListener('upgradeneeded', () => {
      for (const name of STORES) request.result.createObjectStore(name);
    });
    return new Promise((resolve, reject) => {
      request.addEventListener('success', () => {
        const database = request.result;
        const letGo = () => {
          database.close();
          this.#database = undefined;
        };
        database.addEventListener('versionchange', letGo);
        database.addEventListener('close', letGo);
        resolve(wrap(database) as unknown as IDBPDatabase<EntitySchema>);
      });
      request.addEventListener('error', () => {
        this.#database = undefined;
        reject(request.error ?? new Error('the database did not open'));
      });
    });
  }

  /** Lets go of a connection that failed, so that it blocks nobody if it lives on. */
  #drop(opening: Promise<IDBPDatabase<EntitySchema>>): void {
    if (this.#database === opening) this.#database = undefined;
    opening.then(
      (database) => database.close(),
      () => undefined,
    );
  }

  #closed(reason: string, cause?: unknown): EntitySyncError {
    const name = this.#name;
    return new EntitySyncError('storage-closed', `entity-sync: the database "${name}" ${reason}`, {
      cause,
      details: { name },
    });
  }

  #translate(error: unknown): unknown {
    switch (nameOf(error)) {
      case 'QuotaExceededError':
        return new EntitySyncError(
          'storage-full',
          'entity-sync: the browser has no room left for this site, nothing was written; free some space and try again',
          { cause: error },
        );
      case 'VersionError':
        return this.#closed('was opened by a newer version of the app; reload the page', error);
      case 'DataCloneError':
        return new EntitySyncError(
          'invalid-entity',
          'entity-sync: what is to be stored holds something that cannot be kept, such as a function',
          { cause: error },
        );
      default:
        return error;
    }
  }
}

/**
 * Ends a transaction without writing. Gives the reason when it had ended by itself, which says more than the error of one request: a
 * full disk ends them all.
 */
async function aborted(transaction: Transaction<'readwrite'>): Promise<unknown> {
  let hadEnded = false;
  try {
    transaction.abort();
  } catch {
    hadEnded = true;
  }
  const reason = await transaction.done.catch((error: unknown) => error);
  return hadEnded ? reason : undefined;
}

/** Whether the connection is gone though nobody here closed it. */
const isConnectionLost = (error: unknown): boolean =>
  ['InvalidStateError', 'UnknownError', 'AbortError'].includes(nameOf(error));

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');
