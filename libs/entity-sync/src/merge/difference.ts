import { type Entity } from '../model/entity.js';
import {
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
import { type EntityVersion } from './entity-version.js';

/** What is known of an id; where an entity and a deletion are there, the entity. */
export function versionOf(
  data: EntityKeyData,
  entityName: string,
  id: string,
): EntityVersion | undefined {
  const entity = ownValue(entitiesOf(data, entityName), id);
  if (entity !== undefined) return { kind: 'active', entity };
  const deletedAt = ownValue(deletedOf(data, entityName), id);
  return deletedAt === undefined ? undefined : { kind: 'deleted', deletedAt };
}

/** Goes through all versions of the data. */
export function forEachVersion(
  data: EntityKeyData,
  visit: (entityName: string, id: string, version: EntityVersion) => void,
): void {
  for (const name of entityNamesOf(data)) {
    const [entities, deleted] = [entitiesOf(data, name) ?? {}, deletedOf(data, name) ?? {}];
    for (const id of Object.keys(entities))
      visit(name, id, { kind: 'active', entity: entities[id] as Entity });
    for (const id of Object.keys(deleted))
      visit(name, id, { kind: 'deleted', deletedAt: deleted[id] as string });
  }
}

/** Puts data together from versions. */
export class DataBuilder {
  readonly #entities = emptyMap<{ [id: string]: Entity }>();
  readonly #deleted = emptyMap<{ [id: string]: string }>();

  add(entityName: string, id: string, version: EntityVersion): void {
    if (version.kind === 'active') (this.#entities[entityName] ??= emptyMap())[id] = version.entity;
    else (this.#deleted[entityName] ??= emptyMap())[id] = version.deletedAt;
  }

  data(): EntityKeyData {
    const data: { [name: string]: EntityMap | { [name: string]: DeletedIds } } = this.#entities;
    if (Object.keys(this.#deleted).length > 0) data[DELETED] = this.#deleted;
    return data as EntityKeyData;
  }
}
