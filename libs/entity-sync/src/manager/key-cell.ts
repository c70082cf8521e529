import { type EntityVersion } from '../merge/entity-version.js';
import {
  describeChange,
  describeData,
  type DescribedData,
  type EntityPlace,
  placesIn,
} from '../metadata/describe-data.js';
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
} from '../model/entity-key-data.js';
import { type Entity } from '../model/entity.js';
import { type EntityKeyMetadata } from '../model/metadata.js';

/**
 * What is held of one key. Whoever asks for the data to keep it gets it as it is at that moment; it is copied before the next change, and only then, so that many
 * saves one after the other cost no copy each.
 */
export class KeyCell {
  #data: EntityKeyData = {};
  #isShared = true;
  /** How the data were when they were described last, and what may be another since. */
  #described: DescribedData | undefined;
  #touched: EntityPlace[] = [];

  /** The data, only to be looked at before anything else happens. */
  get current(): EntityKeyData {
    return this.#data;
  }

  /** The data as it is now, for ever. */
  snapshot(): EntityKeyData {
    if (!this.#isShared) dropEmptyMaps(this.#data as WritableData);
    this.#isShared = true;
    return this.#data;
  }

  /** The metadata of the data as it is now. */
  metadata(): EntityKeyMetadata {
    const before = this.#described;
    const data = this.snapshot();
    if (before?.data === data) return before.metadata;
    const metadata = before ? describeChange(before, data, this.#touched) : describeData(data);
    this.#described = { data, metadata };
    this.#touched = [];
    return metadata;
  }

  /** Puts other data in the place, which differ from those before only in what `added` holds. */
  replace(data: EntityKeyData, added: EntityKeyData): void {
    this.#data = data;
    this.#isShared = true;
    this.#touched.push(...placesIn(added));
  }

  /** Sets what is known of one id. */
  put(entityName: string, id: string, version: EntityVersion): void {
    if (this.#isShared) this.#data = copyData(this.#data);
    this.#isShared = false;
    this.#touched.push([entityName, id]);
    const data = this.#data as WritableData;
    const deleted = (data[DELETED] ??= emptyMap()) as { [name: string]: { [id: string]: string } };
    const deletedIds = (deleted[entityName] ??= emptyMap());
    const entities = (data[entityName] ??= emptyMap()) as { [id: string]: Entity };
    if (version.kind === 'active') entities[id] = version.entity;
    else deletedIds[id] = version.deletedAt;
    delete (version.kind === 'active' ? deletedIds : entities)[id];
  }
}

type WritableData = { [name: string]: object };

/** Equal data have one form: names without entities are not there. */
function dropEmptyMaps(data: WritableData): void {
  const deleted = (data[DELETED] ?? {}) as WritableData;
  for (const maps of [deleted, data])
    for (const name of Object.keys(maps))
      if (Object.keys(maps[name] ?? {}).length === 0) delete maps[name];
}

function copyData(data: EntityKeyData): EntityKeyData {
  const copy = emptyMap<EntityMap | { [name: string]: DeletedIds }>();
  const deleted = emptyMap<DeletedIds>();
  for (const name of entityNamesOf(data)) {
    copy[name] = copyMap(entitiesOf(data, name));
    deleted[name] = copyMap(deletedOf(data, name));
  }
  copy[DELETED] = deleted;
  return copy as EntityKeyData;
}
