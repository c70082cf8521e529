import { metadataOfKeys } from '../metadata/describe-data.js';
import { type ConflictResolver } from '../merge/conflict-resolver.js';
import { forEachVersion, versionOf } from '../merge/difference.js';
import { type EntityVersion, versionMs } from '../merge/entity-version.js';
import { mergeEntityKeyData } from '../merge/merge-entity-key-data.js';
import { copyValue } from '../model/copy-value.js';
import { type EntityClock } from '../model/entity-clock.js';
import {
  type EntityKeyData,
  entitiesOf,
  entityNamesOf,
  ownValue,
} from '../model/entity-key-data.js';
import { type Entity } from '../model/entity.js';
import { type EntityKeyMetadata, type Metadata } from '../model/metadata.js';
import { EntitySyncError } from '../errors/entity-sync-error.js';
import { type EntityKeyHandler } from '../strategy/entity-key-handler.js';
import { type DataChange } from './data-change.js';
import { type EntityIndex } from './entity-index.js';
import { KeyCell } from './key-cell.js';
import { type StoreMirror } from './store-mirror.js';
import { Transactions } from './transactions.js';

/** What a data manager works with. */
export interface DataManagerParts {
  readonly keys: EntityKeyHandler;
  readonly clock: EntityClock;
  readonly resolver: ConflictResolver;
  readonly store: StoreMirror;
  readonly index: EntityIndex;
}

/**
 * The entities in memory: the `store` tier. It holds for each key immutable data with the deletions, of which the application's `IStore` shows the
 * entities; so everything here is synchronous, and a sync sees each key as it was at one moment.
 */
export class DataManager {
  readonly keys: EntityKeyHandler;
  readonly index: EntityIndex;
  readonly #parts: DataManagerParts;
  readonly #cells = new Map<string, KeyCell>();
  readonly #transactions = new Transactions();
  #revision = 0;
  /** Called with each key that an application changed. */
  onAppChange: (key: string) => void = () => undefined;

  constructor(parts: DataManagerParts) {
    this.#parts = parts;
    this.keys = parts.keys;
    this.index = parts.index;
  }

  /** Another number after each change, also of one that is not told yet. */
  get revision(): number {
    return this.#revision;
  }

  /** All changes of entities, once for each transaction. */
  get changes$() {
    return this.#transactions.changes$.asObservable();
  }

  /** As `changes$`, with what came to nothing in the end: somebody may have looked in between. */
  get touched$() {
    return this.#transactions.touched$.asObservable();
  }

  /** Runs something whose changes are told together. */
  batch<Result>(work: () => Result): Result {
    return this.#transactions.run(work);
  }

  /**
   * Keeps a copy of the entity, with what the library fills in, and gives its id.
   * @throws EntitySyncError `invalid-entity`
   */
  save(entityName: string, given: Entity): string {
    this.keys.checkName(entityName);
    const entity = copyValue(given);
    const { id, key } =
      entity.id === undefined ? this.#newPlace(entityName, entity) : placed(entity.id, this.keys);
    const known = this.#version(key, entityName, id);
    const before = known?.kind === 'active' ? known.entity : undefined;
    entity.id = id;
    entity.updatedAt = this.#parts.clock.next(known && versionMs(known));
    entity.createdAt ??= before?.createdAt ?? entity.updatedAt;
    entity.version = Math.max(before?.version ?? 0, entity.version ?? 0) + 1;
    this.#put(key, entityName, id, { kind: 'active', entity });
    return id;
  }

  /** Deletes what is kept under the id, here and, by the next sync, everywhere; whether there was an entity here. */
  delete(entityName: string, id: string): boolean {
    this.keys.checkName(entityName);
    const key = this.keys.keyOfId(id);
    const known = this.#version(key, entityName, id);
    if (known?.kind === 'deleted') return false;
    const deletedAt = this.#parts.clock.next(known && versionMs(known)).toISOString();
    this.#put(key, entityName, id, { kind: 'deleted', deletedAt });
    return known !== undefined;
  }

  /** The entity as it is kept; to be copied before it is handed out. */
  find(entityName: string, id: string): Entity | undefined {
    return this.#activeEntity(this.keys.keyOfId(id), entityName, id);
  }

  /** What is held of a key, to be looked at before anything else happens; empty when nothing is. */
  current(key: string): EntityKeyData {
    return this.#cells.get(key)?.current ?? {};
  }

  /** What is held of a key at this moment. */
  snapshot(key: string): EntityKeyData {
    return this.#cells.get(key)?.snapshot() ?? {};
  }

  /** Whether anything is held of the key. */
  hasKey(key: string): boolean {
    return this.#cells.has(key);
  }

  /** The keys that hold something of the name, in the order in which they came. */
  keysWith(entityName: string): readonly string[] {
    return [...this.#cells]
      .filter(([, { current }]) => entityNamesOf(current).includes(entityName))
      .map(([key]) => key);
  }

  /** Joins what another tier knows, as one transaction. Gives the keys that changed. */
  mergeIn(changes: ReadonlyMap<string, EntityKeyData>): readonly string[] {
    return this.batch(() =>
      [...changes].filter(([key, data]) => this.#join(key, data)).map(([key]) => key),
    );
  }

  /** The metadata of one key as it is now; `undefined` when nothing is held. */
  keyMetadata(key: string): EntityKeyMetadata | undefined {
    return this.#cells.get(key)?.metadata();
  }

  /** The metadata of all that is held. */
  metadata(): Metadata {
    return metadataOfKeys([...this.#cells].map(([key, cell]) => [key, cell.metadata()]));
  }

  /** Ends the observables. */
  close(): void {
    this.#transactions.close();
  }

  #version(key: string, entityName: string, id: string): EntityVersion | undefined {
    return versionOf(this.current(key), entityName, id);
  }

  #newPlace(entityName: string, entity: Entity): Place {
    const key = this.keys.keyOfNew(entityName, {
      ...entity,
      createdAt: entity.createdAt ?? this.#parts.clock.peek(),
    });
    const isTaken = (id: string) => this.#version(key, entityName, id) !== undefined;
    return { id: this.keys.newId(key, isTaken), key };
  }

  /** What an application does: it counts here at once, its time being later than all that is known. */
  #put(key: string, entityName: string, id: string, version: EntityVersion): void {
    const before = this.#activeEntity(key, entityName, id);
    this.#cell(key).put(entityName, id, version);
    this.batch(() => this.#show({ key, entityName, id, before, source: 'app' }));
    this.onAppChange(key);
  }

  #join(key: string, added: EntityKeyData): boolean {
    const cell = this.#cell(key);
    const old = cell.snapshot();
    const merged = mergeEntityKeyData(old, added, this.#parts.resolver);
    if (merged === old) return false;
    cell.replace(merged, added);
    forEachVersion(added, (entityName, id, version) => {
      this.#parts.clock.observe(versionMs(version));
      const before = ownValue(entitiesOf(old, entityName), id);
      this.#show({ key, entityName, id, before, source: 'sync' });
    });
    return true;
  }

  #cell(key: string): KeyCell {
    const known = this.#cells.get(key);
    if (known) return known;
    const cell = new KeyCell();
    this.#cells.set(key, cell);
    return cell;
  }

  #activeEntity(key: string, entityName: string, id: string): Entity | undefined {
    return ownValue(entitiesOf(this.current(key), entityName), id);
  }

  /** Tells what became of one id. */
  #show(change: {
    readonly key: string;
    readonly entityName: string;
    readonly id: string;
    readonly before: Entity | undefined;
    readonly source: DataChange['source'];
  }): void {
    const { key, entityName, id, before, source } = change;
    const after = this.#activeEntity(key, entityName, id);
    if (before === after) return;
    const kind = after ? 'saved' : 'deleted';
    const transition = { kind, entityKey: key, entityName, id, source, before, after } as const;
    this.index.update(transition);
    this.#revision += 1;
    this.#parts.store.show(transition);
    this.#transactions.add(transition);
  }
}

interface Place {
  readonly id: string;
  readonly key: string;
}

function placed(id: unknown, keys: EntityKeyHandler): Place {
  if (typeof id === 'string' && id !== '') return { id, key: keys.keyOfId(id) };
  throw new EntitySyncError('invalid-entity', 'entity-sync: an id is a text, not empty', {
    details: { field: 'id' },
  });
}
