import { join } from 'node:path';
import { type Check } from './check.ts';
import { parsePlaywrightReport, parseVitestReport } from './reports.ts';

/** Folder for what the checks print and report. */
export const OUTPUT_FOLDER = join(import.meta.dirname, '../../tmp/checks');

const vitestReport = join(OUTPUT_FOLDER, 'unit.json');
const browserReport = join(OUTPUT_FOLDER, 'browser.json');
const playwrightReport = join(OUTPUT_FOLDER, 'e2e.json');
/** A machine that does other things too makes tests slow, not wrong. */
const PATIENCE = ['--testTimeout=60000', '--hookTimeout=60000'];
const vitest = (report: string) => [
  ...PATIENCE,
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
];

/** Everything `npm test` runs, in the order in which it starts. */
export const ALL_CHECKS: readonly Check[] = [
  { name: 'format', title: 'formatting', command: ['prettier', '--check', '.'], lanes: 1 },
  {
    name: 'types',
    title: 'types of every project',
    command: ['nx', 'run-many', '-t', 'typecheck', '--parallel=1'],
    lanes: 1,
  },
  {
    name: 'lint',
    title: 'lint rules',
    command: ['nx', 'run-many', '-t', 'lint', '--parallel=1'],
    lanes: 1,
  },
  {
    name: 'unit',
    title: 'tests in Node',
    command: ['vitest', 'run', '--project=!*:browser', ...vitest(vitestReport)],
    lanes: 2,
    report: { file: vitestReport, parse: parseVitestReport },
    env: { VITEST_MAX_WORKERS: '2' },
  },
  {
    name: 'browser',
    title: 'tests in Chromium',
    command: ['vitest', 'run', '--project=*:browser', ...vitest(browserReport)],
    lanes: 2,
    report: { file: browserReport, parse: parseVitestReport },
  },
  {
    name: 'build',
    title: 'packages and apps',
    command: ['nx', 'run-many', '-t', 'build', '--parallel=2'],
    lanes: 2,
  },
  {
    name: 'size',
    title: 'size limits',
    command: ['node', 'tools/size.ts'],
    lanes: 1,
    needs: ['build'],
  },
  {
    name: 'api',
    title: 'public API as recorded',
    command: ['node', 'tools/api.ts', '--check'],
    lanes: 1,
    needs: ['build'],
  },
  {
    name: 'pack',
    title: 'an application that installs the packages',
    command: ['node', 'tools/pack-check/main.ts'],
    lanes: 2,
    needs: ['build'],
  },
  {
    name: 'e2e',
    title: 'the messenger in Chromium',
    command: ['playwright', 'test', '-c', 'apps/messenger-e2e/playwright.config.ts'],
    lanes: 2,
    needs: ['build'],
    report: { file: playwrightReport, parse: parsePlaywrightReport },
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: playwrightReport },
  },
];

/**
 * The checks with these names and those that they need, in running order.
 * @throws Error when a name is not one of a check.
 */
export function chooseChecks(names: readonly string[]): readonly Check[] {
  const known = new Set(ALL_CHECKS.map(({ name }) => name));
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown}: choose from ${[...known].join(', ')}`);
  }
  const needed = ALL_CHECKS.filter(({ name }) => names.includes(name)).flatMap(
    ({ needs = [] }) => needs,
  );
  const wanted = new Set([...names, ...needed]);
  return ALL_CHECKS.filter(({ name }) => wanted.has(name));
}
