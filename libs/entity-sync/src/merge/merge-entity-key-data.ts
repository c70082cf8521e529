import { type Entity } from '../model/entity.js';
import {
  copyMap,
  DELETED,
  type DeletedIds,
  deletedOf,
  emptyMap,
  entitiesOf,
  type EntityKeyData,
  type EntityMap,
  entityNamesOf,
  ownValue,
} from '../model/entity-key-data.js';
import { type ConflictResolver, lastWriterWins } from './conflict-resolver.js';
import { DataBuilder } from './difference.js';
import { type EntityVersion, isSameVersion } from './entity-version.js';

/**
 * What two places know together: for each id of each name one version, chosen by the resolver. With a resolver that keeps its laws the merge is
 * commutative, associative and idempotent, so places that exchange what they know in any order, any number of times, come to the same. A
 * name or id of which an input holds an entity and a deletion is settled too. Nothing is changed in place; when `b` adds nothing, `a` itself comes back.
 */
export function mergeEntityKeyData(
  a: EntityKeyData,
  b: EntityKeyData,
  resolver: ConflictResolver = lastWriterWins,
): EntityKeyData {
  return joined(a, mergeNames(a, b, resolver));
}

/** A merge, and what it made another than in `a`. */
export interface MergeWithAdded {
  readonly data: EntityKeyData;
  /** As `addedByMerge` gives it. */
  readonly added: EntityKeyData | undefined;
}

/** `mergeEntityKeyData` and `addedByMerge` at once. */
export function mergeAndCompare(
  a: EntityKeyData,
  b: EntityKeyData,
  resolver: ConflictResolver,
): MergeWithAdded {
  const merged = mergeNames(a, b, resolver);
  return { data: joined(a, merged), added: addedIn(merged) };
}

function joined(a: EntityKeyData, merged: readonly MergedName[]): EntityKeyData {
  if (merged.every(({ isChanged }) => !isChanged) && hasNoEmptyMaps(a)) return a;
  const data = emptyMap<EntityMap | Record<string, DeletedIds>>();
  const deleted = emptyMap<DeletedIds>();
  for (const name of merged) {
    const { entities, deletedIds } = name.result();
    if (hasKeys(entities)) data[name.name] = entities;
    if (hasKeys(deletedIds)) deleted[name.name] = deletedIds;
  }
  if (hasKeys(deleted)) data[DELETED] = deleted;
  return data as EntityKeyData;
}

/** What `mergeEntityKeyData` makes another than in `a`, and nothing else; `undefined` when `b` adds nothing. Costs no copy of `a`. */
export function addedByMerge(
  a: EntityKeyData,
  b: EntityKeyData,
  resolver: ConflictResolver = lastWriterWins,
): EntityKeyData | undefined {
  return addedIn(mergeNames(a, b, resolver));
}

function addedIn(merged: readonly MergedName[]): EntityKeyData | undefined {
  const changed = merged.filter(({ isChanged }) => isChanged);
  if (changed.length === 0) return undefined;
  const builder = new DataBuilder();
  for (const name of changed) name.addTo(builder);
  return builder.data();
}

const NOTHING = Object.freeze(emptyMap<never>());

function mergeNames(
  a: EntityKeyData,
  b: EntityKeyData,
  resolver: ConflictResolver,
): readonly MergedName[] {
  const names = new Set([...entityNamesOf(a), ...entityNamesOf(b)]);
  return [...names].map((name) => mergeName(name, a, b, resolver));
}

function mergeName(
  name: string,
  a: EntityKeyData,
  b: EntityKeyData,
  resolver: ConflictResolver,
): MergedName {
  const merged = new MergedName(name, a);
  const add = (id: string, version: EntityVersion): void => {
    const current = merged.get(id);
    if (current === undefined) return merged.set(id, version);
    const winner = isSameVersion(current, version)
      ? current
      : resolver.resolve(current, version, { entityName: name, id });
    if (!isSameVersion(winner, current) || merged.isDouble(id)) merged.set(id, winner);
  };
  for (const id of merged.doubleIds()) add(id, merged.deletion(id));
  const entities = entitiesOf(b, name) ?? NOTHING;
  for (const id of Object.keys(entities)) {
    const entity = entities[id] as Entity;
    if (!merged.isSettled(id, entity)) add(id, { kind: 'active', entity });
  }
  const deletedIds = deletedOf(b, name) ?? NOTHING;
  for (const id of Object.keys(deletedIds))
    add(id, { kind: 'deleted', deletedAt: deletedIds[id] as string });
  return merged;
}

/** What becomes of one name: what was there, and what is another now. */
class MergedName {
  readonly name: string;
  readonly #entities: EntityMap;
  readonly #deletedIds: DeletedIds;
  readonly #changed = new Map<string, EntityVersion>();

  constructor(name: string, data: EntityKeyData) {
    this.name = name;
    this.#entities = entitiesOf(data, name) ?? NOTHING;
    this.#deletedIds = deletedOf(data, name) ?? NOTHING;
  }

  get isChanged(): boolean {
    return this.#changed.size > 0;
  }

  get(id: string): EntityVersion | undefined {
    const changed = this.#changed.get(id);
    if (changed) return changed;
    const entity = ownValue(this.#entities, id);
    if (entity !== undefined) return { kind: 'active', entity };
    const deletedAt = ownValue(this.#deletedIds, id);
    return deletedAt === undefined ? undefined : { kind: 'deleted', deletedAt };
  }

  /** Whether this very entity is all that is known of the id. */
  isSettled(id: string, entity: Entity): boolean {
    // No inherited value is an entity.
    if (this.#entities[id] !== entity) return false;
    return !Object.hasOwn(this.#deletedIds, id) && !this.#changed.has(id);
  }

  /** Whether both are there, and it is not decided yet which counts. */
  isDouble(id: string): boolean {
    if (this.#changed.has(id)) return false;
    return Object.hasOwn(this.#entities, id) && Object.hasOwn(this.#deletedIds, id);
  }

  doubleIds(): readonly string[] {
    return Object.keys(this.#deletedIds).filter((id) => this.isDouble(id));
  }

  deletion(id: string): EntityVersion {
    return { kind: 'deleted', deletedAt: this.#deletedIds[id] as string };
  }

  set(id: string, version: EntityVersion): void {
    this.#changed.set(id, version);
  }

  addTo(builder: DataBuilder): void {
    for (const [id, version] of this.#changed) builder.add(this.name, id, version);
  }

  result(): { readonly entities: EntityMap; readonly deletedIds: DeletedIds } {
    if (!this.isChanged) return { entities: this.#entities, deletedIds: this.#deletedIds };
    const [entities, deletedIds] = [copyMap(this.#entities), copyMap(this.#deletedIds)];
    for (const [id, version] of this.#changed)
      if (version.kind === 'active') {
        entities[id] = version.entity;
        delete deletedIds[id];
      } else {
        deletedIds[id] = version.deletedAt;
        delete entities[id];
      }
    return { entities, deletedIds };
  }
}

/** Whether the data are in the one form that equal data have: a name without entities is not there. */
const hasNoEmptyMaps = (data: EntityKeyData): boolean =>
  Object.values(data).every((map) => hasKeys(map ?? NOTHING)) &&
  Object.values(ownValue(data, DELETED) ?? {}).every(hasKeys);

const hasKeys = (map: object): boolean => Object.keys(map).length > 0;
