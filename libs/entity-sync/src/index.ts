export { EntitySyncError, type EntitySyncErrorCode } from './errors/entity-sync-error.js';
export {
  type ConflictPlace,
  type ConflictResolver,
  lastWriterWins,
} from './merge/conflict-resolver.js';
export { type EntityVersion } from './merge/entity-version.js';
export { mergeEntityKeyData } from './merge/merge-entity-key-data.js';
export { type EntityKeyData } from './model/entity-key-data.js';
export { type Entity } from './model/entity.js';
export { type EntityKeyMetadata, type Metadata } from './model/metadata.js';
export {
  type AtomicPersistence,
  type IPersistence,
  type IStore,
  type KeyValues,
  type MergingPersistence,
  type TierProblem,
  type TierReport,
} from './tiers/persistence.js';
