import {
  DELETED,
  deletedOf,
  emptyMap,
  entitiesOf,
  type EntityKeyData,
  entityNamesOf,
  ownValue,
} from '../../model/entity-key-data.js';

/** What a merge changed: the entities and deletions that are other ones than before; `undefined` for none. */
export function addedTo(before: EntityKeyData, joined: EntityKeyData): EntityKeyData | undefined {
  if (before === joined) return undefined;
  const added: { [name: string]: object } = emptyMap();
  const deleted: { [name: string]: object } = emptyMap();
  for (const name of entityNamesOf(joined)) {
    const entities = newValues(entitiesOf(before, name), entitiesOf(joined, name));
    if (entities) added[name] = entities;
    const ids = newValues(deletedOf(before, name), deletedOf(joined, name));
    if (ids) deleted[name] = ids;
  }
  if (Object.keys(deleted).length > 0) added[DELETED] = deleted;
  return Object.keys(added).length > 0 ? (added as EntityKeyData) : undefined;
}

function newValues<Value>(
  before: { readonly [id: string]: Value } | undefined,
  after: { readonly [id: string]: Value } | undefined,
): { readonly [id: string]: Value } | undefined {
  if (after === undefined || before === after) return undefined;
  const added = emptyMap<Value>();
  for (const [id, value] of Object.entries(after))
    if (ownValue(before, id) !== value) added[id] = value;
  return Object.keys(added).length > 0 ? added : undefined;
}
