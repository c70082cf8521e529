import { type ChatVaultError } from '@chat-vault/core';
import { type RestoreReport, type SyncReport } from '@chat-vault/vault-engine';
import { type ProviderState } from './provider-state';

/** That it did not work, and why; `status` has the words for a screen. */
export interface Failure {
  readonly ok: false;
  readonly error: ChatVaultError;
}

/** A report, or why there is none. Never a rejection: failing is ordinary here. */
export type Outcome<Report> = { readonly ok: true; readonly report: Report } | Failure;

/** What a sync of one or all connected providers did; `report` adds up what `reports` says of each. */
export type SyncResult =
  | { readonly ok: true; readonly report: SyncReport; readonly reports: readonly SyncReport[] }
  /** `reports`: the providers that worked. */
  | (Failure & { readonly reports: readonly SyncReport[] });

/** What the restore of a month brought from all connected providers together. */
export type RestoreResult = Outcome<RestoreReport>;

/** The provider as it is now connected, or why it is not. */
export type ConnectResult = { readonly ok: true; readonly provider: ProviderState } | Failure;

/** Whether everything about disconnecting worked; the provider is disconnected here in any case. */
export type DisconnectResult = { readonly ok: true } | Failure;

/** One report of several: numbers are added, lists joined, `incomplete` when one is. */
export function addReports<Report extends RestoreReport>(
  reports: readonly [Report, ...Report[]],
): Report {
  return reports.reduce((sum, report) => {
    const entries = Object.entries(report).map(([name, value]) => [
      name,
      addValues(sum[name as keyof Report], value),
    ]);
    return { ...sum, ...Object.fromEntries(entries) } as Report;
  });
}

function addValues(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (typeof a === 'boolean' && typeof b === 'boolean') return a || b;
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (typeof a === 'string' && typeof b === 'string') return `${a}, ${b}`;
  return b ?? a;
}
