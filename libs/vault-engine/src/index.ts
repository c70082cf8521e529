export { ChatVaultEngine } from './chat-vault-engine.js';
export { type ChatVaultEngineParts } from './engine-parts.js';
export { DEFAULT_ENGINE_OPTIONS, type EngineOptions } from './engine-options.js';
export { type Environment } from './environment.js';
export { EngineError, type EngineErrorCode } from './reports/engine-error.js';
export {
  type BackupReport,
  type CompactionReport,
  type GarbageReport,
  type HistoryPage,
  type InventoryMonth,
  type RestoreReport,
  type RewriteReport,
  type RunOptions,
  type RunReport,
  type SkippedFileReport,
  type SyncProgress,
  type SyncReport,
  type SyncWarning,
  type Traffic,
  type VaultInventory,
  type VerifyReport,
} from './reports/reports.js';
