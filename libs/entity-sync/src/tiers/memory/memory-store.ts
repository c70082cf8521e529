import { EntitySyncError } from '../../errors/entity-sync-error.js';
import { DELETED, emptyMap, ownValue } from '../../model/entity-key-data.js';
import { copyValue, setOwn } from '../../model/copy-value.js';
import { type AtomicPersistence, type IStore, type KeyValues } from '../persistence.js';

/** What `memoryStore` gives: the fast tier, which can also change several keys at once. */
export type MemoryStore = IStore & AtomicPersistence;

/**
 * A tier in memory, gone with the page. Everything happens at once, also in the calls that give a promise. What goes in and comes out is copied, so
 * nobody can change what is kept by changing an object they hold.
 */
export function memoryStore(): MemoryStore {
  return new InMemoryStore();
}

type Values = { [name: string]: unknown };

class InMemoryStore implements MemoryStore {
  readonly #values = new Map<string, unknown>();

  async loadData(key: string): Promise<unknown> {
    return this.#read(key);
  }

  async storeData(key: string, data: unknown): Promise<void> {
    this.#write([[key, data]]);
  }

  async clearData(key: string): Promise<void> {
    this.#values.delete(key);
  }

  async storeAll(entries: KeyValues): Promise<void> {
    this.#write(entries);
  }

  async updateAll(
    keys: readonly string[],
    change: (values: KeyValues) => KeyValues,
  ): Promise<void> {
    this.#write(change(new Map(keys.map((key) => [key, this.#read(key)]))));
  }

  get(key: string, entityName: string, id: string): unknown {
    const entities = this.#entities(key, entityName);
    return entities && Object.hasOwn(entities, id) ? copyValue(entities[id]) : null;
  }

  getAll(key: string, entityName: string): readonly unknown[] {
    return Object.values(this.#entities(key, entityName) ?? {}).map((entity) => copyValue(entity));
  }

  save(key: string, entityName: string, entity: unknown): boolean {
    if (entityName === DELETED)
      throw new EntitySyncError('invalid-entity', `entity-sync: "${DELETED}" is no entity name`, {
        details: { field: 'entityName' },
      });
    const copy = copyValue(entity);
    const id = (copy as { id?: unknown } | null | undefined)?.id;
    if (typeof id !== 'string') return false;
    const blob = mapOf(this.#values.get(key)) ?? emptyMap();
    const entities = ownMap(blob, entityName) ?? emptyMap();
    setOwn(entities, id, copy);
    setOwn(blob, entityName, entities);
    this.#values.set(key, blob);
    return true;
  }

  delete(key: string, entityName: string, id: string): void {
    const entities = this.#entities(key, entityName);
    if (entities) delete entities[id];
  }

  #read(key: string): unknown {
    return copyValue(this.#values.get(key) ?? null);
  }

  /** Copies all before it keeps any: what cannot be copied leaves everything as it was. */
  #write(entries: Iterable<readonly [string, unknown]>): void {
    const copies = [...entries].map(([key, value]) => [key, copyValue(value)] as const);
    for (const [key, value] of copies)
      if (value === null || value === undefined) this.#values.delete(key);
      else this.#values.set(key, value);
  }

  #entities(key: string, entityName: string): Values | undefined {
    if (entityName === DELETED) return undefined;
    return ownMap(mapOf(this.#values.get(key)), entityName);
  }
}

/** The value when it has names, as the data of a key and a map of entities do. They are our own copies, so they may be changed. */
const mapOf = (value: unknown): Values | undefined =>
  typeof value === 'object' && value !== null ? (value as Values) : undefined;

const ownMap = (map: Values | undefined, name: string): Values | undefined =>
  mapOf(ownValue(map, name));
