/** How many tests a check ran; a check that is not a test suite counts as one. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** One thing that `npm test` looks at. */
export interface Check {
  readonly name: string;
  /** What the person reads while it runs. */
  readonly title: string;
  /** Program of `node_modules/.bin` and its arguments, or `node` and a script of ours. */
  readonly command: readonly [string, ...string[]];
  /** How many of the two lanes it fills: 2 for what uses several processes itself. */
  readonly lanes: 1 | 2;
  /** Checks that must have passed before, as they make what this one looks at. */
  readonly needs?: readonly string[];
  /** Where a test runner leaves its results as JSON, and how to read them. */
  readonly report?: { readonly file: string; readonly parse: (report: unknown) => Tally };
  readonly env?: Readonly<Record<string, string>>;
}

/** What came of a check. `left-out`: something it needs failed, so it says nothing and counts as a failure. */
export interface Outcome {
  readonly check: Check;
  readonly kind: 'passed' | 'failed' | 'left-out';
  readonly seconds: number;
  readonly tally: Tally;
  /** Everything the check printed. */
  readonly output: string;
}

/** The sum of all tallies. */
export function sumTallies(tallies: readonly Tally[]): Tally {
  const sum = (key: keyof Tally) => tallies.reduce((total, tally) => total + tally[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

/** The line that closes a run. */
export function describeTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
