import { type VerifyReport } from '@chat-vault/vault-engine';
import { formatCount } from '../ui/time-format';

/** One thing that a check found. */
export interface VerifyFinding {
  readonly text: string;
  /** Whether repairing may help. */
  readonly isMendable: boolean;
}

/** What a report says, in sentences; the worst first. */
export function verifyFindings(report: VerifyReport): readonly VerifyFinding[] {
  const { damaged, missing, unnamed, unsealed, abandoned, foreign } = report;
  const { missingRecords, missingLocally } = report;
  const found: readonly [count: number, text: (count: string) => string, isMendable: boolean][] = [
    [damaged.length, (n) => `${n} damaged: ${damaged.join(', ')}`, true],
    [missing.length, (n) => `${n} missing: ${missing.join(', ')}`, true],
    [missingRecords, (n) => `${n} entries of this device are not in the cloud`, true],
    [unnamed.length, (n) => `${n} not in the catalog: ${unnamed.join(', ')}`, true],
    [missingLocally, (n) => `${n} entries of the cloud are missing on this device`, true],
    [unsealed.length, (n) => `${n} not encrypted: ${unsealed.join(', ')}`, false],
    [
      abandoned.length,
      (n) => `${n} left by uploads that broke off: ${abandoned.join(', ')}`,
      false,
    ],
    [foreign.length, (n) => `${n} of other programs, left alone: ${foreign.join(', ')}`, false],
  ];
  return found
    .filter(([count]) => count > 0)
    .map(([count, text, isMendable]) => ({ text: text(formatCount(count)), isMendable }));
}
