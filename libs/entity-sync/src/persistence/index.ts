export { mergeEntityKeyData } from '../merge/merge-entity-key-data.js';
export { describeData, metadataOfKeys } from '../metadata/describe-data.js';
export {
  type DeletedIds,
  type DeletedMap,
  type EntityKeyData,
  type EntityMap,
} from '../model/entity-key-data.js';
export { type EntityCounts, type EntityKeyMetadata, type Metadata } from '../model/metadata.js';
export { decodeEntityKeyData, encodeEntityKeyData } from '../serial/entity-key-json.js';
export { type JsonValue } from '../serial/json-value.js';
export {
  type AtomicPersistence,
  type IPersistence,
  type IStore,
  type KeyChanges,
  type KeyValues,
  type MergingPersistence,
  type PatchingPersistence,
  type SharedEntities,
  type TierProblem,
  type TierReport,
} from '../tiers/persistence.js';
