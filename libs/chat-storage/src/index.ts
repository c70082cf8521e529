export {
  type ApplyResult,
  type ApplySource,
  type ChatStorage,
  type ConversationSummary,
  type HistorySlice,
  type PendingChanges,
  type PendingSummary,
  type StorageChange,
} from './port/chat-storage.js';
export {
  BOTTOM_POSITION,
  TOP_POSITION,
  type Coverage,
  type CoverageChange,
  type CoverageEntry,
  type MessagePosition,
} from './port/coverage.js';
export { type Row, type RowChange, type RowContext, type RowWork } from './port/rows.js';
export { StorageError, type StorageErrorCode } from './port/storage-error.js';
export { INITIAL_SYNC_STATE, type SealedDelta, type SyncState } from './port/sync-state.js';
