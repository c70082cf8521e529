/** Place in a conversation: by `sentTimestamp`, then `id`, both compared as strings. */
export interface MessagePosition {
  readonly sentTimestamp: string;
  readonly id: string;
}

/** Above every message: a line here means that nothing is covered. */
export const TOP_POSITION: MessagePosition = { sentTimestamp: '\uffff', id: '\uffff' };

/** Below every message: a line here means that all is covered. */
export const BOTTOM_POSITION: MessagePosition = { sentTimestamp: '', id: '' };

/**
 * Down to which place the live vaults of a month in the cloud have been merged here. History strictly above `line` is
 * complete; `vaults` are the live vaults merged to exactly this line (docs/sync-engine.md, "Coverage").
 */
export interface Coverage {
  readonly line: MessagePosition;
  readonly vaults: readonly string[];
  /**
   * Those of `vaults` that were not read, as they are made of others that were: of a segment that reaches over the line only the upper part is
   * known to be here. Absent when there are none.
   */
  readonly inherited?: readonly string[];
}

/** The coverage of one month, of one conversation or of all of them (`'*'`). */
export interface CoverageEntry extends Coverage {
  /** UTC month, `2024-01`. */
  readonly partition: string;
  readonly conversationUrn: string;
}

/** A new value for one entry; `coverage: null` forgets it. */
export interface CoverageChange {
  readonly partition: string;
  readonly conversationUrn: string;
  readonly coverage: Coverage | null;
}
