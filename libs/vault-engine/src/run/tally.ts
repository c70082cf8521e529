import {
  type RunReport,
  type SkippedFileReport,
  type SyncWarning,
  type Traffic,
} from '../reports/reports.js';

/** What happened in a run so far. */
export interface Tally {
  requests: number;
  bytesUp: number;
  bytesDown: number;
  filesWritten: number;
  filesRead: number;
  filesRemoved: number;
  messagesNew: number;
  messagesUpdated: number;
  messagesDeleted: number;
  recordsUploaded: number;
  isIncomplete: boolean;
  /** Ids of live vaults and carried deltas that were referenced and not there. */
  readonly missingIds: Set<string>;
  readonly skipped: Map<string, SkippedFileReport>;
  readonly warnings: Map<string, SyncWarning>;
}

/** A tally of nothing. */
export function createTally(): Tally {
  return {
    requests: 0,
    bytesUp: 0,
    bytesDown: 0,
    filesWritten: 0,
    filesRead: 0,
    filesRemoved: 0,
    messagesNew: 0,
    messagesUpdated: 0,
    messagesDeleted: 0,
    recordsUploaded: 0,
    isIncomplete: false,
    missingIds: new Set(),
    skipped: new Map(),
    warnings: new Map(),
  };
}

/** Notes a warning once per code and subject. */
export function warn(tally: Tally, warning: SyncWarning): void {
  tally.warnings.set(`${warning.code} ${warning.subject ?? ''}`, warning);
}

/** Notes that a file was not used. */
export function skip(tally: Tally, path: string, reason: string): void {
  tally.skipped.set(path, { path, reason });
}

/** The traffic since an earlier moment of the same run. */
export function trafficSince(tally: Tally, start: Traffic): Traffic {
  return {
    requests: tally.requests - start.requests,
    bytesUp: tally.bytesUp - start.bytesUp,
    bytesDown: tally.bytesDown - start.bytesDown,
    filesWritten: tally.filesWritten - start.filesWritten,
    filesRead: tally.filesRead - start.filesRead,
    filesRemoved: tally.filesRemoved - start.filesRemoved,
  };
}

/** The fields that every report has. */
export function runReport(
  tally: Tally,
  run: { readonly providerId: string; readonly durationMs: number },
): RunReport {
  return {
    ...trafficSince(tally, createTally()),
    providerId: run.providerId,
    durationMs: run.durationMs,
    skipped: [...tally.skipped.values()],
    warnings: [...tally.warnings.values()],
  };
}
