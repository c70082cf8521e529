import { EntitySyncError } from '../errors/entity-sync-error.js';
import { metadataOfKeys } from '../metadata/describe-data.js';
import { isPlainObject } from '../model/canonical-text.js';
import { emptyMap } from '../model/entity-key-data.js';
import { type EntityCounts, type EntityKeyMetadata, type Metadata } from '../model/metadata.js';
import { UNKNOWN_HASH } from './sync-tier.js';

/** Whether the error says that stored data cannot be read. */
export const isMalformed = (error: unknown): boolean =>
  error instanceof EntitySyncError && error.code === 'malformed';

/** The metadata of a key of which only is known that it may exist. */
export const UNKNOWN_KEY: EntityKeyMetadata = {
  hash: UNKNOWN_HASH,
  updatedAt: new Date(0).toISOString(),
  entities: {},
};

/**
 * Metadata as a tier stored it. What cannot be understood is left out or unknown: the data decide, and metadata only say where to
 * look.
 */
export function parseMetadata(value: unknown): Metadata {
  const entries = Object.entries(fieldOf(value, 'entityKeys') ?? {});
  return metadataOfKeys(entries.map(([key, entry]) => [key, parseKey(entry)]));
}

function parseKey(value: unknown): EntityKeyMetadata {
  const [hash, updatedAt] = [fieldOf(value, 'hash'), fieldOf(value, 'updatedAt')];
  if (typeof hash !== 'string' || !/^[0-9a-f]{16}$/.test(hash)) return UNKNOWN_KEY;
  if (typeof updatedAt !== 'string' || Number.isNaN(Date.parse(updatedAt))) return UNKNOWN_KEY;
  const entities = emptyMap<EntityCounts>();
  for (const [name, counts] of Object.entries(fieldOf(value, 'entities') ?? {})) {
    const [count, deletedCount] = [fieldOf(counts, 'count'), fieldOf(counts, 'deletedCount')];
    if (typeof count !== 'number' || typeof deletedCount !== 'number') return UNKNOWN_KEY;
    entities[name] = { count, deletedCount };
  }
  return { hash, updatedAt, entities };
}

const fieldOf = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null && isPlainObject(value) && Object.hasOwn(value, field)
    ? value[field]
    : undefined;
