import { describe, expect, it } from 'vitest';
import { describeTally, sumTallies } from './check.ts';
import { parsePlaywrightReport, parseVitestReport } from './reports.ts';

describe('parseVitestReport', () => {
  it('counts a file that could not run as a failure', () => {
    const report = {
      numPassedTests: 3,
      numFailedTests: 1,
      numPendingTests: 0,
      numTodoTests: 0,
      testResults: [
        { status: 'failed', assertionResults: [{}] },
        { status: 'failed', assertionResults: [] },
      ],
    };
    expect(parseVitestReport(report)).toEqual({ passed: 3, failed: 2, skipped: 0 });
  });
});

describe('parsePlaywrightReport', () => {
  it('counts a flaky test and an error outside of tests as failures', () => {
    const report = { stats: { expected: 4, unexpected: 1, flaky: 1, skipped: 2 }, errors: [{}] };
    expect(parsePlaywrightReport(report)).toEqual({ passed: 4, failed: 3, skipped: 2 });
  });
});

describe('describeTally', () => {
  it('closes a run with the sum', () => {
    const tallies = [
      { passed: 2, failed: 0, skipped: 0 },
      { passed: 1, failed: 1, skipped: 0 },
    ];
    expect(describeTally(sumTallies(tallies))).toBe('3 passed, 1 failed');
    expect(describeTally({ passed: 1, failed: 0, skipped: 2 })).toBe(
      '1 passed, 0 failed, 2 skipped',
    );
  });
});
