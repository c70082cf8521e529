import { HybridClock, type VaultContent } from '@chat-vault/core';
import { type Row, type RowWork } from '../port/rows.js';
import { RequestQueue } from './request-queue.js';
import { type AnyTransaction, type WriteTransaction } from './schema.js';
import { readMeta } from './sync-rows.js';

/** Writes what a `RowWork` says, once all else of its transaction is asked for; gives the tables of which rows changed. */
export async function runRowWork(
  transaction: WriteTransaction,
  { reads = [], change }: RowWork,
  written: VaultContent,
  now: () => number,
): Promise<readonly string[]> {
  const store = transaction.objectStore('rows');
  const [meta, ...values] = await Promise.all([
    readMeta(transaction),
    ...reads.map(({ table, id }) => store.get([table, id]) as Promise<unknown>),
  ]);
  const { deviceId, lastStamp } = meta;
  const clock = new HybridClock({ deviceId, now, ...(lastStamp && { last: lastStamp }) });
  const found = new Map(reads.map(({ table, id }, index) => [nameOf(table, id), values[index]]));
  const changes = change({
    row(table, id) {
      const name = nameOf(table, id);
      if (!found.has(name)) throw new TypeError(`chat-storage: "reads" does not name ${name}`);
      return found.get(name);
    },
    written,
    stamp: () => clock.now(),
    observe: (stamp) => clock.observe(stamp),
  });
  const requests = new RequestQueue();
  for (const { table, id, value } of changes) {
    if (value === undefined) requests.delete(store, [table, id]);
    else requests.put(store, value, [table, id]);
    await requests.turn();
  }
  const { last } = clock;
  if (last !== undefined && last !== lastStamp) {
    requests.put(transaction.objectStore('meta'), { ...meta, lastStamp: last }, 'meta');
  }
  return [...new Set(changes.map(({ table }) => table))];
}

/** The value of a row. */
export const readRow = (transaction: AnyTransaction, table: string, id: string): Promise<unknown> =>
  transaction.objectStore('rows').get([table, id]);

/** The rows of a table in the order of their ids. */
export async function readRows(
  transaction: AnyTransaction,
  table: string,
  { after, limit }: { readonly after?: string; readonly limit?: number },
): Promise<readonly Row[]> {
  const store = transaction.objectStore('rows');
  const range = IDBKeyRange.bound([table, after ?? ''], [table, []], after !== undefined);
  const [keys, values] = await Promise.all([
    store.getAllKeys(range, limit),
    store.getAll(range, limit) as Promise<readonly unknown[]>,
  ]);
  return keys.map(([, id], index) => ({ table, id, value: values[index] }));
}

/** How many rows a table has. */
export const countRows = (transaction: AnyTransaction, table: string): Promise<number> =>
  transaction.objectStore('rows').count(IDBKeyRange.bound([table, ''], [table, []]));

const nameOf = (table: string, id: string): string => JSON.stringify([table, id]);
