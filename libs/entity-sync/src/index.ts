export { EntitySyncError, type EntitySyncErrorCode } from './errors/entity-sync-error.js';
export { type DataChange } from './manager/data-change.js';
export { type ConflictResolver, lastWriterWins } from './merge/conflict-resolver.js';
export { type EntityVersion } from './merge/entity-version.js';
export { mergeEntityKeyData } from './merge/merge-entity-key-data.js';
export { type EntityKeyData } from './model/entity-key-data.js';
export { type Entity } from './model/entity.js';
export { type Metadata } from './model/metadata.js';
export { DataOrchestrator } from './orchestrator/data-orchestrator.js';
export { type OrchestratorOptions } from './orchestrator/orchestrator-options.js';
export { type DataRepository } from './repository/data-repository.js';
export { type QueryOptions } from './repository/query-options.js';
export { type TelemetryEvent } from './schedule/telemetry.js';
export { type TierState } from './schedule/tier-state.js';
export {
  EntityKeyDayStrategy,
  EntityKeyMonthStrategy,
  EntityKeyYearStrategy,
} from './strategy/date-strategies.js';
export {
  type DateStrategyOptions,
  EntityKeyDateStrategy,
} from './strategy/entity-key-date-strategy.js';
export {
  EntityKeyNameStrategy,
  EntityKeyStrategy,
  type IEntityKeyStrategy,
} from './strategy/entity-key-strategy.js';
export { memoryStore } from './tiers/memory/memory-store.js';
export {
  type AtomicPersistence,
  type IPersistence,
  type IStore,
  type MergingPersistence,
  type TierReport,
} from './tiers/persistence.js';
