/** What a compaction did, for its report. */
export interface CompactionOutcome {
  readonly committed: boolean;
  readonly deltasFolded: number;
  readonly vaultsReplaced: number;
  readonly vaultsWritten: number;
  /** Why nothing was committed, when something was to be. */
  readonly abandoned?: string;
}

/** Nothing was to be done, or nothing was committed. */
export const NOTHING_COMPACTED: CompactionOutcome = {
  committed: false,
  deltasFolded: 0,
  vaultsReplaced: 0,
  vaultsWritten: 0,
};
