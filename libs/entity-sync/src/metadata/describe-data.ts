import { timeMs } from '../merge/entity-version.js';
import { canonicalText } from '../model/canonical-text.js';
import {
  deletedOf,
  emptyMap,
  entitiesOf,
  type EntityKeyData,
  entityNamesOf,
} from '../model/entity-key-data.js';
import { type Entity } from '../model/entity.js';
import {
  EMPTY_METADATA,
  type EntityCounts,
  type EntityKeyMetadata,
  type Metadata,
} from '../model/metadata.js';
import { FOLLOW_BEFORE_MS } from '../model/entity-clock.js';
import { addHashes, hash64, type Hash64, hashHex } from './hash64.js';

/**
 * The metadata of the data of one key. The hash of an entity object is kept, as entities are never changed in place.
 * @throws EntitySyncError `invalid-entity` for what cannot be kept in an entity
 */
export function describeData(data: EntityKeyData): EntityKeyMetadata {
  let hash: Hash64 = [0, 0];
  let latestMs = 0;
  const entities = emptyMap<EntityCounts>();
  for (const name of entityNamesOf(data)) {
    const active = Object.entries(entitiesOf(data, name) ?? {});
    const deleted = Object.entries(deletedOf(data, name) ?? {});
    if (active.length + deleted.length === 0) continue;
    entities[name] = { count: active.length, deletedCount: deleted.length };
    for (const [id, entity] of active) {
      hash = addHashes(hash, entryHash('+', name, id, entityHash(entity)));
      latestMs = later(latestMs, timeMs(entity.updatedAt));
    }
    for (const [id, deletedAt] of deleted) {
      hash = addHashes(hash, entryHash('-', name, id, deletedAt));
      latestMs = later(latestMs, timeMs(deletedAt));
    }
  }
  return { hash: hashHex(hash), updatedAt: new Date(latestMs).toISOString(), entities };
}

/** The metadata of a tier from that of its keys. */
export function metadataOfKeys(
  keys: Iterable<readonly [entityKey: string, metadata: EntityKeyMetadata]>,
): Metadata {
  const entityKeys = emptyMap<EntityKeyMetadata>();
  let { updatedAt } = EMPTY_METADATA;
  for (const [key, metadata] of keys) {
    entityKeys[key] = metadata;
    if (timeMs(metadata.updatedAt) > timeMs(updatedAt)) updatedAt = metadata.updatedAt;
  }
  return { updatedAt, entityKeys };
}

const hashes = new WeakMap<Entity, string>();

function entityHash(entity: Entity): string {
  const known = hashes.get(entity);
  if (known !== undefined) return known;
  const hash = hashHex(hash64(canonicalText(entity)));
  hashes.set(entity, hash);
  return hash;
}

const entryHash = (kind: '+' | '-', name: string, id: string, what: string): Hash64 =>
  hash64(`${kind}${JSON.stringify([name, id])}${what}`);

const later = (latestMs: number, ms: number): number =>
  ms > latestMs && ms < FOLLOW_BEFORE_MS ? ms : latestMs;
