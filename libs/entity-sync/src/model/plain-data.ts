import { EntitySyncError } from '../errors/entity-sync-error.js';
import { isPlainObject } from './canonical-text.js';
import { copyValue, setOwn } from './copy-value.js';
import { DELETED, emptyMap, type EntityKeyData } from './entity-key-data.js';
import { type Entity } from './entity.js';

/** The data in ordinary objects of its own, for a tier that may keep or change what it is given; entities are shared. */
export function plainData(data: EntityKeyData): Record<string, unknown> {
  return plainMap(data, (map, name) =>
    plainMap(map ?? {}, (value: unknown) =>
      name === DELETED ? plainMap(value as object, (deletedAt) => deletedAt) : value,
    ),
  );
}

function plainMap<Value>(
  map: { readonly [key: string]: Value },
  change: (value: Value, key: string) => unknown,
): Record<string, unknown>;
function plainMap(
  map: object,
  change: (value: unknown, key: string) => unknown,
): Record<string, unknown>;
function plainMap(
  map: object,
  change: (value: never, key: string) => unknown,
): Record<string, unknown> {
  const plain = {};
  for (const [key, value] of Object.entries(map)) setOwn(plain, key, change(value as never, key));
  return plain;
}

/**
 * Data of a key as a tier gave it, checked and copied. Times that a tier keeps as text become dates again.
 * @throws EntitySyncError `malformed`
 */
export function parseData(value: unknown, key: string): EntityKeyData {
  const data = emptyMap<unknown>();
  for (const [name, map] of entriesOf(value, key)) {
    const entries = emptyMap<unknown>();
    for (const [id, inner] of entriesOf(map, key))
      entries[id] = name === DELETED ? parseDeleted(inner, key) : parseEntity(inner, id, key);
    data[name] = entries;
  }
  return data as EntityKeyData;
}

function parseDeleted(value: unknown, key: string): unknown {
  const ids = emptyMap<string>();
  for (const [id, deletedAt] of entriesOf(value, key)) {
    if (deletedAt instanceof Date) ids[id] = deletedAt.toISOString();
    else if (typeof deletedAt === 'string') ids[id] = deletedAt;
    else throw malformed(key, 'a time of deletion is no text');
  }
  return ids;
}

function parseEntity(value: unknown, id: string, key: string): Entity {
  if (typeof value !== 'object' || value === null || !isPlainObject(value))
    throw malformed(key, 'an entity is no object');
  let entity: Entity;
  try {
    entity = copyValue(value as Entity);
  } catch (error) {
    throw malformed(key, 'an entity holds what is no data', error);
  }
  entity.id ??= id;
  for (const field of ['createdAt', 'updatedAt'] as const) {
    const time: unknown = entity[field];
    if (typeof time === 'string' && !Number.isNaN(Date.parse(time))) entity[field] = new Date(time);
  }
  return entity;
}

function entriesOf(value: unknown, key: string): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null || !isPlainObject(value))
    throw malformed(key, 'it is no map of maps');
  return Object.entries(value);
}

const malformed = (key: string, what: string, cause?: unknown): EntitySyncError =>
  new EntitySyncError('malformed', `entity-sync: the data of "${key}" were left alone: ${what}`, {
    details: { key },
    cause,
  });
