import {
  type BackupReport,
  type RestoreReport,
  type RunReport,
  type SyncReport,
} from '../reports/reports.js';
import { type Run } from '../run/run.js';
import { runReport } from '../run/tally.js';

/** What every report says of a run. */
export function reportOf(run: Run): RunReport {
  const durationMs = Math.round(run.env.monotonic() - run.startedAt);
  return runReport(run.tally, { providerId: run.provider, durationMs });
}

/** What a run changed here. */
export function restoreReportOf(run: Run): RestoreReport {
  const { messagesNew, messagesUpdated, messagesDeleted, isIncomplete } = run.tally;
  const changes = { messagesNew, messagesUpdated, messagesDeleted };
  return { ...reportOf(run), ...changes, incomplete: isIncomplete };
}

/** What a run wrote, and what is still pending. */
export async function backupReportOf(run: Run): Promise<BackupReport> {
  const { records } = await run.storage.pendingSummary(run.provider);
  const { recordsUploaded } = run.tally;
  return { ...reportOf(run), recordsUploaded, recordsPending: records };
}

/** Both. */
export async function syncReportOf(run: Run): Promise<Omit<SyncReport, 'compaction' | 'garbage'>> {
  return { ...(await backupReportOf(run)), ...restoreReportOf(run) };
}
