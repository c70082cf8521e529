import { type Tally } from './check.ts';

/** Reads the numbers of Vitest's `json` reporter; a file that could not run at all counts as one failure. */
export function parseVitestReport(report: unknown): Tally {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = report as {
    readonly numPassedTests: number;
    readonly numFailedTests: number;
    readonly numPendingTests: number;
    readonly numTodoTests: number;
    readonly testResults: readonly { status: string; assertionResults: readonly unknown[] }[];
  };
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + brokenFiles.length,
    skipped: numPendingTests + numTodoTests,
  };
}

/** Reads the numbers of Playwright's `json` reporter; a test that passed only when tried again counts as failed. */
export function parsePlaywrightReport(report: unknown): Tally {
  const { stats, errors } = report as {
    readonly stats: Readonly<Record<'expected' | 'unexpected' | 'flaky' | 'skipped', number>>;
    readonly errors: readonly unknown[];
  };
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    skipped: stats.skipped,
  };
}
