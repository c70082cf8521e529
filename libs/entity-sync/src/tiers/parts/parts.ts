import { hash64 } from '../../metadata/hash64.js';
import { canonicalText } from '../../model/canonical-text.js';
import {
  DELETED,
  deletedOf,
  emptyMap,
  entitiesOf,
  type EntityKeyData,
  entityNamesOf,
} from '../../model/entity-key-data.js';

/** A key whose data are larger (UTF-16 units of text) is kept in parts, of at most about this size. */
export const PART_UNITS = 256 * 1024;

/** At most 2^16 parts. */
const MAX_DEPTH = 16;

/**
 * Which ids a part holds: those whose hash begins with these binary digits, `''` for all. A text, so that it can be in a name and a prefix is seen
 * as one.
 */
export type PartPrefix = string;

/** The part of an id, among 2^depth. The same on every device, for ever. */
export function partOf(entityName: string, id: string, depth: number): PartPrefix {
  if (depth === 0) return '';
  const [high] = hash64(JSON.stringify([entityName, id]));
  return high.toString(2).padStart(32, '0').slice(0, depth);
}

/**
 * In how many digits the ids of so much data are parted: so that a part stays within the limit. A depth that was chosen before is kept
 * until parts are too large, or so small that a quarter of them would do, so that parts seldom are all written anew.
 */
export function depthFor(units: number, current = 0): number {
  if (current > 0 && units / 2 ** current >= PART_UNITS / 8 && units / 2 ** current <= PART_UNITS)
    return Math.min(current, MAX_DEPTH);
  let depth = 0;
  while (depth < MAX_DEPTH && units / 2 ** depth > PART_UNITS) depth++;
  return depth;
}

/** A text that is the same for equal data; the order of names within an entity does not count, that of entities does. */
export function textOf(data: EntityKeyData): string {
  const texts: string[] = [];
  for (const name of entityNamesOf(data)) {
    for (const [id, entity] of Object.entries(entitiesOf(data, name) ?? {}))
      texts.push(JSON.stringify([name, id]), canonicalText(entity));
    for (const [id, at] of Object.entries(deletedOf(data, name) ?? {}))
      texts.push(JSON.stringify([name, id, at]));
  }
  return texts.join('\n');
}

/** The data by part; a part that holds nothing is not there. */
export function partition(data: EntityKeyData, depth: number): Map<PartPrefix, EntityKeyData> {
  const parts = new Map<PartPrefix, MutableData>();
  const partFor = (name: string, id: string): MutableData => {
    const prefix = partOf(name, id, depth);
    const part = parts.get(prefix) ?? emptyMap<MutableMap>();
    parts.set(prefix, part);
    return part;
  };
  for (const name of entityNamesOf(data)) {
    for (const [id, entity] of Object.entries(entitiesOf(data, name) ?? {}))
      inner(partFor(name, id), name)[id] = entity;
    for (const [id, at] of Object.entries(deletedOf(data, name) ?? {}))
      (inner(inner(partFor(name, id), DELETED), name) as MutableMap)[id] = at;
  }
  return parts as Map<PartPrefix, unknown> as Map<PartPrefix, EntityKeyData>;
}

/** All parts together; they hold different ids. */
export function unite(parts: Iterable<EntityKeyData>): EntityKeyData {
  const data: MutableData = emptyMap();
  for (const part of parts)
    for (const name of entityNamesOf(part)) {
      const entities = entitiesOf(part, name);
      if (entities) Object.assign(inner(data, name), entities);
      const deleted = deletedOf(part, name);
      if (deleted) Object.assign(inner(inner(data, DELETED), name), deleted);
    }
  return data as unknown as EntityKeyData;
}

/** A map that is being put together. */
export type MutableMap = { [name: string]: unknown };
type MutableData = { [name: string]: MutableMap };

/** The map of that name in a map, made when it is not there. Both are without a prototype. */
export function inner(map: MutableMap, name: string): MutableMap {
  return (map[name] ??= emptyMap()) as MutableMap;
}
