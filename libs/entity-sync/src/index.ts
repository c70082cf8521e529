export { EntitySyncError, type EntitySyncErrorCode } from './errors/entity-sync-error.js';
export { type DataChange } from './manager/data-change.js';
export {
  type ConflictPlace,
  type ConflictResolver,
  lastWriterWins,
} from './merge/conflict-resolver.js';
export { type EntityVersion } from './merge/entity-version.js';
export { type Entity } from './model/entity.js';
export { DataOrchestrator } from './orchestrator/data-orchestrator.js';
export { type OrchestratorOptions } from './orchestrator/orchestrator-options.js';
export { type DataRepository } from './repository/data-repository.js';
export { type QueryOptions, type SortBy } from './repository/query-options.js';
export { type ScheduleOptions } from './schedule/schedule-options.js';
export { type TelemetryEvent } from './schedule/telemetry.js';
export { type TierState } from './schedule/tier-state.js';
export {
  type DayStrategyOptions,
  EntityKeyDayStrategy,
  EntityKeyMonthStrategy,
  EntityKeyYearStrategy,
  type MonthStrategyOptions,
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
export { type IPersistence, type IStore, type TierReport } from './tiers/persistence.js';
