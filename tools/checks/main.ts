/** Runs the checks of `npm test`; see tools/test.mjs, which sets up the clone first. */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ALL_CHECKS, chooseChecks, OUTPUT_FOLDER } from './all-checks.ts';
import { describeTally, type Outcome, sumTallies } from './check.ts';
import { leaveOut, runCheck } from './run-check.ts';
import { runSchedule } from './schedule.ts';

const USAGE = `Usage: npm test -- [--only NAME,NAME…]

${ALL_CHECKS.map(({ name, title }) => `  ${name.padEnd(8)} ${title}`).join('\n')}`;

function report({ check, kind, seconds, tally, output }: Outcome): void {
  const mark = { passed: '✓', failed: '✗', 'left-out': '–' }[kind];
  const count = check.report === undefined ? '' : `, ${describeTally(tally)}`;
  console.log(`${mark} ${check.name.padEnd(8)} ${check.title} (${seconds.toFixed(0)} s${count})`);
  if (kind !== 'passed') {
    console.log(`\n--- ${check.name}: ${check.command.join(' ')}\n${output.trim()}\n---\n`);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const checks = values.only === undefined ? ALL_CHECKS : chooseChecks(values.only.split(','));
  mkdirSync(OUTPUT_FOLDER, { recursive: true });
  const outcomes = await runSchedule(checks, { run: runCheck, leaveOut, onEnd: report });
  const total = sumTallies(outcomes.map(({ tally }) => tally));
  console.log(`\n${describeTally(total)}`);
  if (total.failed > 0) process.exitCode = 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Leaving through `exit` ends the checks that are still running.
  process.once(signal, () => process.exit(130));
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log(describeTally({ passed: 0, failed: 1, skipped: 0 }));
  process.exitCode = 1;
}
