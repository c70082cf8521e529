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
  const names = new Set([...entityNamesOf(a), ...entityNamesOf(b)]);
  const merged = [...names].map((name) => mergeName(name, a, b, resolver));
  if (hasNoEmptyMaps(a) && merged.every(({ isChanged }) => !isChanged)) return a;
  const data = emptyMap<EntityMap | Record<string, DeletedIds>>();
  const deleted = emptyMap<DeletedIds>();
  for (const { name, entities, deletedIds } of merged) {
    if (hasKeys(entities)) data[name] = entities;
    if (hasKeys(deletedIds)) deleted[name] = deletedIds;
  }
  if (hasKeys(deleted)) data[DELETED] = deleted;
  return data as EntityKeyData;
}

interface MergedName {
  readonly name: string;
  readonly entities: EntityMap;
  readonly deletedIds: DeletedIds;
  readonly isChanged: boolean;
}

const NOTHING = Object.freeze(emptyMap<never>());

function mergeName(
  name: string,
  a: EntityKeyData,
  b: EntityKeyData,
  resolver: ConflictResolver,
): MergedName {
  const versions = new Versions(entitiesOf(a, name), deletedOf(a, name));
  const add = (id: string, version: EntityVersion): void => {
    const current = versions.get(id);
    if (current === undefined) return versions.set(id, version);
    const winner = isSameVersion(current, version)
      ? current
      : resolver.resolve(current, version, { entityName: name, id });
    if (!isSameVersion(winner, current) || versions.isDouble(id)) versions.set(id, winner);
  };
  for (const id of versions.doubleIds()) add(id, versions.deletion(id));
  const entities = entitiesOf(b, name) ?? NOTHING;
  for (const id of Object.keys(entities))
    if (!versions.isSettled(id, entities[id] as Entity))
      add(id, { kind: 'active', entity: entities[id] as Entity });
  const deletedIds = deletedOf(b, name) ?? NOTHING;
  for (const id of Object.keys(deletedIds))
    add(id, { kind: 'deleted', deletedAt: deletedIds[id] as string });
  return { name, ...versions.result() };
}

/** The versions of one name, copied with the first change. */
class Versions {
  #entities: { [id: string]: Entity };
  #deletedIds: { [id: string]: string };
  #isChanged = false;

  constructor(entities: EntityMap = NOTHING, deletedIds: DeletedIds = NOTHING) {
    this.#entities = entities;
    this.#deletedIds = deletedIds;
  }

  get(id: string): EntityVersion | undefined {
    const entity = ownValue(this.#entities, id);
    if (entity !== undefined) return { kind: 'active', entity };
    const deletedAt = ownValue(this.#deletedIds, id);
    return deletedAt === undefined ? undefined : { kind: 'deleted', deletedAt };
  }

  /** Whether this very entity is all that is known of the id. */
  isSettled(id: string, entity: Entity): boolean {
    return ownValue(this.#entities, id) === entity && !Object.hasOwn(this.#deletedIds, id);
  }

  isDouble(id: string): boolean {
    return Object.hasOwn(this.#entities, id) && Object.hasOwn(this.#deletedIds, id);
  }

  doubleIds(): readonly string[] {
    return Object.keys(this.#deletedIds).filter((id) => this.isDouble(id));
  }

  deletion(id: string): EntityVersion {
    return { kind: 'deleted', deletedAt: this.#deletedIds[id] as string };
  }

  set(id: string, version: EntityVersion): void {
    if (!this.#isChanged) {
      this.#entities = copyMap(this.#entities);
      this.#deletedIds = copyMap(this.#deletedIds);
      this.#isChanged = true;
    }
    if (version.kind === 'active') {
      this.#entities[id] = version.entity;
      delete this.#deletedIds[id];
    } else {
      this.#deletedIds[id] = version.deletedAt;
      delete this.#entities[id];
    }
  }

  result(): Omit<MergedName, 'name'> {
    return {
      entities: this.#entities,
      deletedIds: this.#deletedIds,
      isChanged: this.#isChanged,
    };
  }
}

/** Whether the data are in the one form that equal data have: a name without entities is not there. */
const hasNoEmptyMaps = (data: EntityKeyData): boolean =>
  Object.values(data).every((map) => hasKeys(map ?? NOTHING)) &&
  Object.values(ownValue(data, DELETED) ?? {}).every(hasKeys);

const hasKeys = (map: object): boolean => Object.keys(map).length > 0;
