import { type DataManager } from '../manager/data-manager.js';
import { canonicalText } from '../model/canonical-text.js';
import { entitiesOf } from '../model/entity-key-data.js';
import { type Entity } from '../model/entity.js';
import { type QueryOptions, type SortBy } from './query-options.js';

/** Entities of any type, as they are looked at here. */
export type AnyEntity = Entity & Readonly<Record<string, unknown>>;

/** The entities in memory that a query wants, as they are kept. */
export function queryEntities(
  data: DataManager,
  entityName: string,
  options: QueryOptions<AnyEntity>,
): readonly AnyEntity[] {
  const { where = {}, sort, limit } = options;
  const conditions = Object.entries(where).map(
    ([field, value]) => [field, canonicalText(value)] as const,
  );
  const found = candidates(data, entityName, options).filter((entity) =>
    conditions.every(([field, text]) => canonicalText(entity[field]) === text),
  );
  if (sort) found.sort((a, b) => compareEntities(a, b, sort));
  return limit === undefined ? found : found.slice(0, Math.max(0, limit));
}

function candidates(
  data: DataManager,
  entityName: string,
  options: QueryOptions<AnyEntity>,
): AnyEntity[] {
  const { keys } = data;
  const isInKeys = keys.filter(entityName, options);
  const isWanted = (key: string, entity: Entity) => keys.isWanted(key, entity, options);
  const ids = idsOf(data, entityName, options);
  if (ids) {
    return [...ids].flatMap((id) => {
      const entity = data.find(entityName, id);
      const key = keys.keyOfId(id);
      return entity && isInKeys(key) && isWanted(key, entity) ? [entity as AnyEntity] : [];
    });
  }
  return data
    .keysWith(entityName)
    .filter(isInKeys)
    .flatMap((key) =>
      Object.values(entitiesOf(data.current(key), entityName) ?? {}).filter((entity) =>
        isWanted(key, entity),
      ),
    ) as AnyEntity[];
}

/** The ids among which all that is wanted must be; `undefined` for all. */
function idsOf(
  data: DataManager,
  entityName: string,
  { ids, where }: QueryOptions<AnyEntity>,
): ReadonlySet<string> | undefined {
  if (ids) return new Set(ids);
  return where && data.index.find(entityName, where);
}

function compareEntities(a: AnyEntity, b: AnyEntity, sort: readonly SortBy<AnyEntity>[]): number {
  for (const { field, direction = 'asc' } of sort) {
    const [x, y] = [a[field], b[field]];
    const missing = Number(x === undefined || x === null) - Number(y === undefined || y === null);
    if (missing !== 0) return missing;
    const order = compareValues(x, y);
    if (order !== 0) return direction === 'asc' ? order : -order;
  }
  return compareValues(a.id, b.id);
}

/** Numbers, times and texts in their own order; values of different kinds by their kind, other data by their text. */
function compareValues(a: unknown, b: unknown): number {
  const [x, y] = [comparable(a), comparable(b)];
  if (typeof x !== typeof y) return typeof x < typeof y ? -1 : 1;
  return x < y ? -1 : x > y ? 1 : 0;
}

function comparable(value: unknown): string | number | bigint {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value;
  return typeof value === 'boolean' ? Number(value) : canonicalText(value);
}
