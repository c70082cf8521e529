/** Limits and periods of the engine; the defaults are those of docs/sync-engine.md. Times in milliseconds. */
export interface EngineOptions {
  /** Unfolded readable deltas (carried ones not counted) above which a sync compacts. */
  readonly compactionThreshold: number;
  /** Messages that a new device fetches in the background. */
  readonly initialMessages: number;
  /** Parallel downloads. */
  readonly maxInFlight: number;
  readonly maxDeltaRecords: number;
  /** Bytes of JSON. */
  readonly maxDeltaBytes: number;
  /** Pending records above which a backup writes month vaults directly. */
  readonly bulkRecords: number;
  /** Bytes of JSON of one segment, about. */
  readonly segmentBytes: number;
  /** Bytes above which a run is split into several files. */
  readonly maxVaultBytes: number;
  readonly deltaGraceMs: number;
  readonly graceMs: number;
  /** After this long without a heartbeat a visible tab takes the lock. */
  readonly lockTimeoutMs: number;
  /** Upper bound of the random wait before a compaction when other devices are active. */
  readonly compactionDelayMs: number;
}

/** What an engine uses unless told otherwise. */
export const DEFAULT_ENGINE_OPTIONS: EngineOptions = {
  compactionThreshold: 10,
  initialMessages: 200,
  maxInFlight: 6,
  maxDeltaRecords: 5_000,
  maxDeltaBytes: 4 * 1024 * 1024,
  bulkRecords: 20_000,
  segmentBytes: 128 * 1024,
  maxVaultBytes: 32 * 1024 * 1024,
  deltaGraceMs: 24 * 60 * 60 * 1000,
  graceMs: 7 * 24 * 60 * 60 * 1000,
  lockTimeoutMs: 15_000,
  compactionDelayMs: 5_000,
};
