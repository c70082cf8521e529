import { type Entity } from './entity.js';

/** Entities of one name by their id. */
export interface EntityMap {
  readonly [id: string]: Entity;
}

/** ISO times of deletion by id. */
export interface DeletedIds {
  readonly [id: string]: string;
}

/** Ids that were deleted, by entity name. They stay for ever: a device that was away for years must learn of them. */
export interface DeletedMap {
  readonly [entityName: string]: DeletedIds;
}

/**
 * All that is kept under one entity key: `{ Contact: { id: {…} }, deleted: { Contact: { id: '2025-09-25T10:11:12.000Z' } } }`. No
 * entity may be named `deleted`. Only own properties count, so `__proto__` and `constructor` are names as any other. It is
 * never changed in place: a change makes a new one, and what did not change is shared between them.
 */
export interface EntityKeyData {
  readonly [entityName: string]: EntityMap | DeletedMap | undefined;
  readonly deleted?: DeletedMap;
}

/** The one name that no entity may have. */
export const DELETED = 'deleted';

/** The value of an own property; inherited ones do not count. */
export function ownValue<Value>(
  map: { readonly [key: string]: Value } | undefined,
  key: string,
): Value | undefined {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}

/** The entities of a name, `undefined` when there are none. */
export function entitiesOf(data: EntityKeyData, entityName: string): EntityMap | undefined {
  if (entityName === DELETED) return undefined;
  return ownValue(data, entityName) as EntityMap | undefined;
}

/** The deleted ids of a name, `undefined` when there are none. */
export function deletedOf(data: EntityKeyData, entityName: string): DeletedIds | undefined {
  return ownValue(ownValue(data, DELETED) as DeletedMap | undefined, entityName);
}

/** All names that have entities or deleted ids, each once, in the order of the data. */
export function entityNamesOf(data: EntityKeyData): readonly string[] {
  const names = new Set(Object.keys(data));
  names.delete(DELETED);
  for (const name of Object.keys(ownValue(data, DELETED) ?? {})) names.add(name);
  return [...names];
}

/** A map without a prototype, in which every text can be a key. */
export function emptyMap<Value>(): { [key: string]: Value } {
  return Object.create(null) as { [key: string]: Value };
}

/** A copy of a map without a prototype; the values are shared. */
export function copyMap<Value>(map: { readonly [key: string]: Value } | undefined): {
  [key: string]: Value;
} {
  const copy = emptyMap<Value>();
  // Twice as fast as `Object.assign` for maps of thousands.
  if (map) for (const key of Object.keys(map)) copy[key] = map[key] as Value;
  return copy;
}
