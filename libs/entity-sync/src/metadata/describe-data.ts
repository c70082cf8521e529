import { forEachVersion, versionOf } from '../merge/difference.js';
import { type EntityVersion, isSameVersion, timeMs, versionMs } from '../merge/entity-version.js';
import { emptyMap, type EntityKeyData } from '../model/entity-key-data.js';
import {
  EMPTY_METADATA,
  type EntityCounts,
  type EntityKeyMetadata,
  type Metadata,
} from '../model/metadata.js';
import { FOLLOW_BEFORE_MS } from '../model/entity-clock.js';
import { entityDigest } from './entity-digest.js';
import { addHashes, hash64, type Hash64, hashHex, parseHash, subtractHash } from './hash64.js';

/**
 * The metadata of the data of one key. The hash of an entity object is kept, as entities are never changed in place.
 * @throws EntitySyncError `invalid-entity` for what cannot be kept in an entity
 */
export function describeData(data: EntityKeyData): EntityKeyMetadata {
  const sum = new MetadataSum();
  forEachVersion(data, (name, id, version) => sum.add(name, id, version));
  return sum.metadata();
}

/** Data with what describes them. */
export interface DescribedData {
  readonly data: EntityKeyData;
  readonly metadata: EntityKeyMetadata;
}

/** An entity, by its name and id. */
export type EntityPlace = readonly [entityName: string, id: string];

/** What `describeData` gives for the data that `before` became, by looking only at what may be another than before. */
export function describeChange(
  before: DescribedData,
  data: EntityKeyData,
  touched: Iterable<EntityPlace>,
): EntityKeyMetadata {
  const sum = new MetadataSum(before.metadata);
  let isLatestGone = false;
  const seen = new Map<string, Set<string>>();
  for (const [name, id] of touched) {
    const ids = seen.get(name) ?? new Set();
    if (ids.has(id)) continue;
    seen.set(name, ids.add(id));
    const [old, version] = [versionOf(before.data, name, id), versionOf(data, name, id)];
    if (old && version && isSameVersion(old, version)) continue;
    if (old) {
      sum.subtract(name, id, old);
      isLatestGone ||= versionMs(old) === timeMs(before.metadata.updatedAt);
    }
    if (version) sum.add(name, id, version);
  }
  // What was the latest is gone and nothing later came: another one is the latest now.
  if (isLatestGone && sum.metadata().updatedAt === before.metadata.updatedAt)
    return describeData(data);
  return sum.metadata();
}

/** The places of all that the data hold. */
export function placesIn(data: EntityKeyData): readonly EntityPlace[] {
  const places: EntityPlace[] = [];
  forEachVersion(data, (name, id) => places.push([name, id]));
  return places;
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

/** Hash, counts and latest time, entry by entry. */
class MetadataSum {
  #hash: Hash64 = [0, 0];
  #latestMs = 0;
  readonly #counts = new Map<string, { count: number; deletedCount: number }>();

  constructor(from?: EntityKeyMetadata) {
    if (!from) return;
    this.#hash = parseHash(from.hash);
    this.#latestMs = timeMs(from.updatedAt);
    for (const [name, counts] of Object.entries(from.entities))
      this.#counts.set(name, { ...counts });
  }

  add(name: string, id: string, version: EntityVersion): void {
    this.#hash = addHashes(this.#hash, entryHash(name, id, version));
    this.#count(name, version, 1);
    const ms = versionMs(version);
    if (ms > this.#latestMs && ms < FOLLOW_BEFORE_MS) this.#latestMs = ms;
  }

  subtract(name: string, id: string, version: EntityVersion): void {
    this.#hash = subtractHash(this.#hash, entryHash(name, id, version));
    this.#count(name, version, -1);
  }

  metadata(): EntityKeyMetadata {
    const entities = emptyMap<EntityCounts>();
    for (const [name, counts] of this.#counts)
      if (counts.count + counts.deletedCount > 0) entities[name] = { ...counts };
    const updatedAt = new Date(this.#latestMs).toISOString();
    return { hash: hashHex(this.#hash), updatedAt, entities };
  }

  #count(name: string, { kind }: EntityVersion, by: number): void {
    const counts = this.#counts.get(name) ?? { count: 0, deletedCount: 0 };
    this.#counts.set(name, counts);
    if (kind === 'active') counts.count += by;
    else counts.deletedCount += by;
  }
}

function entryHash(name: string, id: string, version: EntityVersion): Hash64 {
  if (version.kind === 'deleted')
    return hash64(`-${JSON.stringify([name, id])}${version.deletedAt}`);
  const digest = entityDigest(version.entity);
  const known = digest.entry;
  if (known?.name === name && known.id === id) return known.hash;
  const hash = hash64(`+${JSON.stringify([name, id])}${digest.hash}`);
  digest.entry = { name, id, hash };
  return hash;
}
