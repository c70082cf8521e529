import { EntitySyncError } from '../errors/entity-sync-error.js';
import {
  DELETED,
  type DeletedMap,
  emptyMap,
  type EntityKeyData,
  type EntityMap,
} from '../model/entity-key-data.js';
import { type Entity } from '../model/entity.js';
import { decodePairs, decodeValue, malformed, readObject } from './decode-value.js';
import { encodeText, encodeValue } from './encode-value.js';
import { isWellFormed, type JsonValue, TAG } from './json-value.js';

/**
 * All that is kept under a key as JSON, from which `decodeEntityKeyData` gives it back: dates, `undefined`, bytes and the order of the names of
 * an entity included. The order of entities, ids and deletions is not kept.
 *
 * @throws EntitySyncError `invalid-entity` for what cannot be kept
 */
export function encodeEntityKeyData(data: EntityKeyData): JsonValue {
  return encodeMap(data, (map, name) => {
    if (name === DELETED)
      return encodeMap(map as DeletedMap, (ids) => encodeMap(ids, encodeInstant));
    return encodeMap(map as EntityMap, encodeValue);
  });
}

/**
 * What `encodeEntityKeyData` was given. Maps have no prototype.
 *
 * @throws EntitySyncError `malformed` for what it never writes
 */
export function decodeEntityKeyData(json: unknown): EntityKeyData {
  const maps: { [name: string]: EntityMap | DeletedMap | undefined } = emptyMap();
  for (const [name, map] of entriesOf(json, 'the data of a key'))
    maps[name] = name === DELETED ? decodeDeleted(map) : decodeEntities(map);
  return maps;
}

/** A map by name, in ascending order; maps that are `undefined` are left out. */
function encodeMap<Value>(
  map: { readonly [name: string]: Value | undefined },
  encode: (value: Value, name: string) => JsonValue,
): JsonValue {
  const names = Object.keys(map)
    .filter((name) => map[name] !== undefined)
    .sort();
  if (names.some((name) => name.startsWith('$') || !isWellFormed(name))) {
    const list = names.flatMap((name) => [encodeText(name), encode(map[name] as Value, name)]);
    return { [TAG.object]: list };
  }
  const json: { [name: string]: JsonValue } = emptyMap();
  for (const name of names) json[name] = encode(map[name] as Value, name);
  return json;
}

/** Times of deletion are texts; a date that an application put there is read as its instant. */
function encodeInstant(value: unknown, id: string): JsonValue {
  const text =
    value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : value;
  if (isInstantText(text)) return text;
  throw new EntitySyncError(
    'invalid-entity',
    `entity-sync: the time at which "${id}" was deleted is no instant`,
    { details: { field: `${DELETED}.${id}` } },
  );
}

function decodeDeleted(json: unknown): DeletedMap {
  const byName = emptyMap<DeletedMap[string]>();
  for (const [name, ids] of entriesOf(json, 'the deletions')) {
    const byId = emptyMap<string>();
    for (const [id, at] of entriesOf(ids, 'the deletions of a name')) {
      if (!isInstantText(at)) throw malformed('a time of deletion is no instant');
      byId[id] = at;
    }
    byName[name] = byId;
  }
  return byName;
}

function decodeEntities(json: unknown): EntityMap {
  const byId = emptyMap<Entity>();
  for (const [id, entity] of entriesOf(json, 'the entities of a name')) {
    const value = decodeValue(entity);
    if (Object.prototype.toString.call(value) !== '[object Object]')
      throw malformed('an entity is not an object');
    byId[id] = value as Entity;
  }
  return byId;
}

/** What a map holds, written plainly or in pairs. */
function entriesOf(
  json: unknown,
  what: string,
): readonly (readonly [name: string, value: unknown])[] {
  const object = readObject(json, what);
  const names = Object.keys(object);
  if (names.length === 1 && names[0] === TAG.object) return decodePairs(object[TAG.object]);
  if (names.some((name) => name.startsWith('$'))) throw malformed(`${what} holds a tag`);
  return Object.entries(object);
}

const isInstantText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 32 && !Number.isNaN(Date.parse(value));
