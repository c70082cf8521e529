import { type RecoveryReport } from '@chat-vault/chat-sync/encryption';
import { formatCount, formatMonth } from '../ui/time-format';

/** How a cloud fared when it was opened with nothing but the secret. */
export interface DrilledCloud {
  readonly name: string;
  /** One sentence on all months. */
  readonly summary: string;
  /** Months and files that cannot be opened. */
  readonly problems: readonly string[];
  /** Every month, the newest first. */
  readonly months: readonly {
    readonly name: string;
    readonly text: string;
    readonly ok: boolean;
  }[];
}

const REASONS: Readonly<Record<string, string>> = {
  'not-found': 'its file is missing',
  'digest-mismatch': 'its file is damaged',
  'not-authentic': 'its file was not made with your keys',
  'unknown-key': 'its key is not in the keyring that this opens',
  'upgrade-required': 'a newer version of the app made it',
};

/** A report in words; `nameOf` gives the name of a cloud. */
export function drilledClouds(
  report: RecoveryReport,
  nameOf: (providerId: string) => string,
): readonly DrilledCloud[] {
  return report.clouds.map(({ providerId, months, unreadable }) => {
    const bad = months.filter(({ ok }) => !ok);
    const plain = months.filter(({ ok, isSealed }) => ok && !isSealed);
    const problems = [
      ...bad.map(({ month, reason }) => `${formatMonth(month)}: ${wordsOf(reason)}`),
      ...(unreadable.length === 0
        ? []
        : [`${countOf(unreadable.length, 'other file')} not opened`]),
    ];
    const opened = `${formatCount(months.length - bad.length)} of ${countOf(months.length, 'month')} opened`;
    const note =
      plain.length === 0 ? '' : `, ${formatCount(plain.length)} of them not encrypted yet`;
    return {
      name: nameOf(providerId),
      summary:
        months.length === 0
          ? 'The keys were opened; no month is encrypted yet'
          : `${opened}${note}`,
      problems,
      months: months.toReversed().map(({ month, ok, isSealed, reason }) => ({
        name: formatMonth(month),
        ok,
        text: ok ? (isSealed ? 'opened' : 'readable, not encrypted yet') : wordsOf(reason),
      })),
    };
  });
}

const wordsOf = (reason: string | undefined): string =>
  REASONS[reason ?? ''] ?? 'it cannot be opened';

const countOf = (count: number, what: string): string =>
  `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
