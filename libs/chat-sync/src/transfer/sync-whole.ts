import { errorOfWarnings } from '../status/error-of-warning';
import { type ProviderConnection } from '../sync/provider-connection';
import { type Outcome } from '../sync/results';

/** Syncs a cloud so that it holds what this device holds. @throws whatever keeps that from being true */
export async function syncWhole(
  connection: ProviderConnection,
  signal: AbortSignal | undefined,
): Promise<void> {
  const outcome = await connection.run('sync', (engine, run) => engine.sync(run), signal);
  const problem = errorOfWarnings(reportOf(outcome).warnings);
  if (problem) throw problem;
}

/** The report. @throws the outcome's error when there is none */
export function reportOf<Report>(outcome: Outcome<Report>): Report {
  if (!outcome.ok) throw outcome.error;
  return outcome.report;
}
