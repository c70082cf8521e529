import { type ChatMessage } from '@chat-vault/core';
import { deleteDB, type IDBPDatabase, openDB } from 'idb';

/**
 * The reference for all that stores messages: one IndexedDB record for each, under one compound index, with nothing of ours
 * around it. Figures are ratios to this, taken in the same run, so that they hold on any machine.
 */
export interface BareRows {
  readonly database: IDBPDatabase;
  /** Deletes the database. */
  destroy(): Promise<void>;
}

const NAME = 'bench-bare-rows';
/** The fastest size for a bulk of rows (docs/benchmarks.md). */
const ROWS_A_TRANSACTION = 5_000;

/** Opens an empty database of rows. */
export async function openBareRows(): Promise<BareRows> {
  await deleteDB(NAME);
  const database = await openDB(NAME, 1, {
    upgrade(opened) {
      const rows = opened.createObjectStore('rows', { keyPath: 'id' });
      rows.createIndex('history', ['conversationUrn', 'sentTimestamp']);
    },
  });
  return {
    database,
    async destroy() {
      database.close();
      await deleteDB(NAME);
    },
  };
}

/** Puts each message as a row of its own, without waiting for any single one. */
export async function putRows(
  { database }: BareRows,
  messages: readonly ChatMessage[],
): Promise<void> {
  for (let start = 0; start < messages.length; start += ROWS_A_TRANSACTION) {
    const transaction = database.transaction('rows', 'readwrite', { durability: 'relaxed' });
    for (const message of messages.slice(start, start + ROWS_A_TRANSACTION))
      void transaction.store.put(message);
    await transaction.done;
  }
}

/** Puts one row so that it is on disk when this resolves, as a person's own message is. */
export async function putRow({ database }: BareRows, message: ChatMessage): Promise<void> {
  const transaction = database.transaction('rows', 'readwrite', { durability: 'strict' });
  void transaction.store.put(message);
  await transaction.done;
}

/** The first `count` rows of a conversation from an instant on, by the index. */
export function readRows(
  { database }: BareRows,
  from: ChatMessage,
  count: number,
): Promise<readonly ChatMessage[]> {
  const { conversationUrn, sentTimestamp } = from;
  const range = IDBKeyRange.bound([conversationUrn, sentTimestamp], [conversationUrn, []]);
  return database.getAllFromIndex('rows', 'history', range, count);
}
