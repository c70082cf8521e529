import { forEachVersion } from '../merge/difference.js';
import { canonicalText } from '../model/canonical-text.js';
import { type EntityKeyData } from '../model/entity-key-data.js';
import { type Entity } from '../model/entity.js';
import { hash64, type Hash64, hashHex } from './hash64.js';

/** What is remembered of an entity object. */
export interface EntityDigest {
  /** Of its canonical text, 16 hex digits. */
  readonly hash: string;
  /** Length of its canonical text. */
  readonly units: number;
  /** Its hash as an entry of the metadata, where it was last looked at. */
  entry?: { readonly name: string; readonly id: string; readonly hash: Hash64 };
}

const digests = new WeakMap<Entity, EntityDigest>();

/** The digest of an entity, made once for each object: entities are never changed in place. @throws EntitySyncError `invalid-entity` */
export function entityDigest(entity: Entity): EntityDigest {
  const known = digests.get(entity);
  if (known !== undefined) return known;
  const text = canonicalText(entity);
  const digest = { hash: hashHex(hash64(text)), units: text.length };
  digests.set(entity, digest);
  return digest;
}

/** About how large the data of a key are, in UTF-16 units of text. For entities that are never changed in place. */
export function unitsOf(data: EntityKeyData): number {
  let units = 0;
  forEachVersion(data, (name, id, version) => {
    // Quotes, brackets, comma and line breaks about each.
    units += name.length + id.length + 9;
    units += version.kind === 'active' ? entityDigest(version.entity).units : 26;
  });
  return units;
}
