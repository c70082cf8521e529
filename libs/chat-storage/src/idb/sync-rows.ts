import { type SealedDelta, type SyncState } from '../port/sync-state.js';
import { knownProvider, restartProvider } from './journal.js';
import {
  type AnyTransaction,
  type MetaRow,
  type SyncKey,
  type WriteTransaction,
} from './schema.js';

/** Reads what is known of a provider; its cached files are read one by one, with `readDocument`. */
export async function readSyncState(
  transaction: AnyTransaction,
  provider: string,
): Promise<SyncState> {
  const store = transaction.objectStore('sync');
  const range = IDBKeyRange.bound([provider, 'document'], [provider, 'document', []]);
  const [meta, applied, sealed, keys, values] = await Promise.all([
    transaction.objectStore('meta').get('meta'),
    store.get([provider, 'applied', '']) as Promise<readonly string[] | undefined>,
    store.get([provider, 'sealed', '']) as Promise<SealedDelta | undefined>,
    store.getAllKeys(range),
    store.getAll(range),
  ]);
  return {
    confirmed: meta?.providers.get(provider)?.confirmed ?? 0,
    sealed: sealed ?? null,
    applied: applied ?? [],
    documents: Object.fromEntries(keys.map(([, , name], index) => [name, values[index]])),
  };
}

/** One document of a provider, or one of its cached files. */
export const readDocument = (
  transaction: AnyTransaction,
  provider: string,
  name: string,
): Promise<unknown> => transaction.objectStore('sync').get(documentKey(provider, name));

/** Replaces the named parts of a provider's state; the provider is known from then on. */
export async function patchSyncState(
  transaction: WriteTransaction,
  provider: string,
  patch: Partial<SyncState>,
): Promise<void> {
  const meta = await readMeta(transaction);
  const position = knownProvider(meta, provider);
  const { confirmed, sealed, applied, documents } = patch;
  if (confirmed !== undefined && confirmed < position.confirmed) {
    // What lies between may have left the index of pending pages, so it is looked for everywhere.
    restartProvider(meta, provider, confirmed);
  } else if (confirmed !== undefined) {
    position.confirmed = confirmed;
  }
  const store = transaction.objectStore('sync');
  // Async, so that a value that cannot be stored rejects like any failed request.
  const set = async (key: SyncKey, value: unknown): Promise<unknown> =>
    value === undefined ? store.delete(key) : store.put(value, key);
  await Promise.all([
    transaction.objectStore('meta').put(meta, 'meta'),
    ...(sealed === undefined ? [] : [set([provider, 'sealed', ''], sealed ?? undefined)]),
    ...(applied === undefined ? [] : [set([provider, 'applied', ''], applied)]),
    ...Object.entries(documents ?? {}).map(([name, value]) =>
      set(documentKey(provider, name), value),
    ),
  ]);
}

/** The provider has everything up to `through`. */
export async function confirmUpTo(
  transaction: WriteTransaction,
  provider: string,
  through: number,
): Promise<void> {
  const meta = await readMeta(transaction);
  const position = knownProvider(meta, provider);
  position.confirmed = Math.max(position.confirmed, through);
  await transaction.objectStore('meta').put(meta, 'meta');
}

/** Puts everything in the store into the journal for a provider. */
export async function restartJournal(
  transaction: WriteTransaction,
  provider: string,
): Promise<void> {
  const meta = await readMeta(transaction);
  restartProvider(meta, provider);
  await transaction.objectStore('meta').put(meta, 'meta');
}

/** Adds ids to a provider's `applied`. */
export async function addApplied(
  transaction: WriteTransaction,
  provider: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  const store = transaction.objectStore('sync');
  const key: SyncKey = [provider, 'applied', ''];
  const applied = ((await store.get(key)) ?? []) as readonly string[];
  await store.put([...new Set([...applied, ...ids])], key);
}

/** Forgets a provider's state, coverage and place in the journal; with documents that stay it is known as one that has nothing. */
export async function forgetProvider(
  transaction: WriteTransaction,
  provider: string,
  keep: readonly string[],
): Promise<void> {
  const store = transaction.objectStore('sync');
  const keys = keep.map((name) => documentKey(provider, name));
  const values: readonly unknown[] = await Promise.all(keys.map((key) => store.get(key)));
  const kept = keys.flatMap((key, index) =>
    values[index] === undefined ? [] : [{ key, value: values[index] }],
  );
  const meta = await readMeta(transaction);
  meta.providers.delete(provider);
  if (kept.length > 0) restartProvider(meta, provider);
  await Promise.all([
    transaction.objectStore('meta').put(meta, 'meta'),
    store.delete(rangeOf(provider)),
    transaction.objectStore('coverage').delete(rangeOf(provider)),
    ...kept.map(({ key, value }) => store.put(value, key)),
  ]);
}

/** The row of `meta`; made with the database. */
export const readMeta = async (transaction: AnyTransaction): Promise<MetaRow> =>
  (await transaction.objectStore('meta').get('meta')) as MetaRow;

/** All keys that begin with the provider: an array is greater than any string. */
const rangeOf = (provider: string): IDBKeyRange => IDBKeyRange.bound([provider], [provider, []]);

/** Documents named `file:…` may be many, so they are kept apart from those that `syncState` reads. */
const documentKey = (provider: string, name: string): SyncKey => [
  provider,
  name.startsWith('file:') ? 'file' : 'document',
  name,
];
