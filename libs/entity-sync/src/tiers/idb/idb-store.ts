import { unwrap } from 'idb';
import { DELETED, type EntityKeyData } from '../../model/entity-key-data.js';
import { EntitySyncError } from '../../errors/entity-sync-error.js';
import { describeData } from '../../metadata/describe-data.js';
import { unitsOf } from '../../metadata/entity-digest.js';
import { hash64, hashHex } from '../../metadata/hash64.js';
import { patchedData } from '../parts/patched-data.js';
import { depthFor, PART_UNITS, partition, type PartPrefix, textOf, unite } from '../parts/parts.js';
import { type KeyChanges, type KeyValues, type PatchingPersistence } from '../persistence.js';
import { Connection, type PartsRow, type Transaction, type ValueRow } from './connection.js';
import { systemDatabases } from './default-environment.js';

/** Entities in the database of the browser. */
export interface IdbStore extends PatchingPersistence {
  /** Ends its connection; further calls reject with `storage-closed`. */
  close(): Promise<void>;
  /** Closes, and deletes everything. */
  destroy(): Promise<void>;
}

/** Where an `idbStore` keeps its values. */
export interface IdbStoreOptions {
  /** Name of the database; one for each account. Default `chat-vault-entities`. */
  readonly name?: string;
  readonly indexedDB?: IDBFactory;
}

/**
 * Keeps entities in IndexedDB, as the objects they are (a structured clone keeps dates and bytes). What was written is on disk when a call
 * resolves. A key above 256 KiB is kept in parts, of which only those are written that changed.
 *
 * @throws EntitySyncError `storage-full`, `storage-closed`, `invalid-entity`
 */
export function idbStore(options: IdbStoreOptions = {}): IdbStore {
  const { name = 'chat-vault-entities', indexedDB = systemDatabases() } = options;
  return new DatabaseStore(new Connection(indexedDB, name));
}

class DatabaseStore implements IdbStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  loadData(key: string): Promise<unknown> {
    return this.#connection.read((transaction) => readValue(transaction, key));
  }

  storeData(key: string, data: unknown): Promise<void> {
    return this.storeAll(new Map([[key, data]]));
  }

  clearData(key: string): Promise<void> {
    return this.storeAll(new Map([[key, null]]));
  }

  storeAll(entries: KeyValues): Promise<void> {
    return this.#connection.write((transaction) => writeAll(transaction, entries));
  }

  updateAll(keys: readonly string[], change: (values: KeyValues) => KeyValues): Promise<void> {
    return this.#connection.write(async (transaction) => {
      await writeAll(transaction, change(await readValues(transaction, keys)));
    });
  }

  patchAll(keys: readonly string[], change: (values: KeyValues) => KeyChanges): Promise<void> {
    return this.#connection.write(async (transaction) => {
      const { values, patches } = change(await readValues(transaction, keys));
      await writeAll(transaction, values, SHARED);
      for (const [key, patch] of patches) await writePatch(transaction, key, patch);
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  destroy(): Promise<void> {
    return this.#connection.destroy();
  }
}

async function readValues(
  transaction: Transaction<'readwrite'>,
  keys: readonly string[],
): Promise<KeyValues> {
  const values = await Promise.all(keys.map((key) => readValue(transaction, key)));
  return new Map(keys.map((key, at) => [key, values[at]] as const));
}

async function readValue(
  transaction: Transaction<'readonly'> | Transaction<'readwrite'>,
  key: string,
): Promise<unknown> {
  const row = await transaction.objectStore('values').get(key);
  if (row === undefined) return null;
  if (row.kind === 'whole') return row.value;
  const parts = await transaction.objectStore('parts').getAll(partsOf(key));
  return unite(parts as EntityKeyData[]);
}

async function writeAll(
  transaction: Transaction<'readwrite'>,
  entries: KeyValues,
  measure = OWNED,
): Promise<void> {
  const keys = [...entries.keys()];
  const rows = await Promise.all(keys.map((key) => transaction.objectStore('values').get(key)));
  keys.forEach((key, at) =>
    writeValue(transaction, { key, value: entries.get(key), row: rows[at], measure }),
  );
}

/** Reads and writes only the parts that the patch touches, as long as they do not grow too large. */
async function writePatch(
  transaction: Transaction<'readwrite'>,
  key: string,
  patch: EntityKeyData,
): Promise<void> {
  const row = await transaction.objectStore('values').get(key);
  if (row?.kind === 'parts' && (await patchParts(transaction, { key, patch, row }))) return;
  const known = await readValue(transaction, key);
  if (known !== null && !isEntityKeyData(known)) throw noEntities(key);
  const value = patchedData(known ?? {}, patch);
  writeValue(transaction, { key, value, row, measure: SHARED });
}

/** Whether it could: a part that is to be halved is not written. */
async function patchParts(
  transaction: Transaction<'readwrite'>,
  { key, patch, row }: { key: string; patch: EntityKeyData; row: PartsRow },
): Promise<boolean> {
  const parts = transaction.objectStore('parts');
  const patches = [...partition(patch, row.depth)];
  const before = await Promise.all(patches.map(([prefix]) => parts.get([key, prefix])));
  const after = patches.map(([prefix, change], at): [PartPrefix, EntityKeyData] => [
    prefix,
    patchedData((before[at] ?? {}) as EntityKeyData, change),
  ]);
  if (after.some(([, part]) => SHARED.units(part) > 2 * PART_UNITS)) return false;
  const hashes = new Map(row.hashes);
  for (const [prefix, part] of after) {
    hashes.set(prefix, SHARED.hash(part));
    unwrap(parts).put(part, [key, prefix]);
  }
  unwrap(transaction.objectStore('values')).put({ ...row, hashes }, key);
  return true;
}

/** How large data are, and what tells whether a part changed. */
interface Measure {
  readonly units: (data: EntityKeyData) => number;
  readonly hash: (part: EntityKeyData) => string;
}

/** For data that are never changed in place: what is known of an entity is not found out again. */
const SHARED: Measure = { units: unitsOf, hash: (part) => describeData(part).hash };
/** For data that their owner may change, and store again. */
const OWNED: Measure = {
  units: (data) => textOf(data).length,
  hash: (part) => hashHex(hash64(textOf(part))),
};

interface ValueChange {
  readonly key: string;
  readonly value: unknown;
  /** What is stored under the key. */
  readonly row: ValueRow | undefined;
  readonly measure: Measure;
}

/** Only sends requests: when one fails, the transaction does, which is where that is handled. */
function writeValue(transaction: Transaction<'readwrite'>, change: ValueChange): void {
  const { key, value, row, measure } = change;
  const values = unwrap(transaction.objectStore('values'));
  const parts = unwrap(transaction.objectStore('parts'));
  const units = isEntityKeyData(value) ? measure.units(value) : 0;
  if (!isEntityKeyData(value) || units <= PART_UNITS) {
    if (row?.kind === 'parts') parts.delete(partsOf(key));
    if (value === null || value === undefined) values.delete(key);
    else values.put({ kind: 'whole', value }, key);
    return;
  }
  const depth = depthFor(units, row?.kind === 'parts' ? row.depth : 0);
  const next = inParts(value, depth, measure);
  const isSameDepth = row?.kind === 'parts' && row.depth === next.depth;
  const before: ReadonlyMap<PartPrefix, string> = isSameDepth ? row.hashes : new Map();
  if (row?.kind === 'parts' && !isSameDepth) parts.delete(partsOf(key));
  for (const prefix of before.keys()) if (!next.hashes.has(prefix)) parts.delete([key, prefix]);
  for (const [prefix, part] of next.parts)
    if (before.get(prefix) !== next.hashes.get(prefix)) parts.put(part, [key, prefix]);
  values.put({ kind: 'parts', depth: next.depth, hashes: next.hashes }, key);
}

function inParts(data: EntityKeyData, depth: number, { hash }: Measure) {
  const parts = partition(data, depth);
  const hashes = new Map([...parts].map(([prefix, part]) => [prefix, hash(part)]));
  return { depth, parts, hashes };
}

const partsOf = (key: string): IDBKeyRange => IDBKeyRange.bound([key, ''], [key, '2']);

/** Whether a value consists of maps of entities and of deletions, and nothing else. */
function isEntityKeyData(value: unknown): value is EntityKeyData {
  if (!isMap(value)) return false;
  return Object.entries(value).every(
    ([name, map]) =>
      isMap(map) &&
      (name === DELETED
        ? Object.values(map).every(
            (ids) => isMap(ids) && Object.values(ids).every((at) => typeof at === 'string'),
          )
        : Object.values(map).every(isMap)),
  );
}

const noEntities = (key: string): EntitySyncError =>
  new EntitySyncError('malformed', `entity-sync: what "${key}" holds are no entities`, {
    details: { key },
  });

const isMap = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  Object.prototype.toString.call(value) === '[object Object]';
