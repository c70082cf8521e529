import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { OUTPUT_FOLDER } from './all-checks.ts';
import { type Check, type Outcome, type Tally } from './check.ts';

const workspace = join(import.meta.dirname, '../..');

/** A check that takes longer hangs: the slowest ones need a few minutes. */
const TIME_LIMIT_MS = 20 * 60_000;

const PASSED: Tally = { passed: 1, failed: 0, skipped: 0 };
const FAILED: Tally = { passed: 0, failed: 1, skipped: 0 };

/** The outcome of a check that cannot run, as `cause` failed. */
export function leaveOut(check: Check, cause: string): Outcome {
  const output = `not run, as "${cause}" failed\n`;
  return { check, kind: 'left-out', seconds: 0, tally: FAILED, output };
}

/** Runs one check to its end; what it prints goes to `tmp/checks/<name>.log`. */
export async function runCheck(check: Check): Promise<Outcome> {
  const startedAt = performance.now();
  if (check.report) rmSync(check.report.file, { force: true });
  const { code, output } = await execute(check);
  const tally = countTests(check, code === 0);
  return {
    check,
    kind: code === 0 && tally.failed === 0 ? 'passed' : 'failed',
    seconds: (performance.now() - startedAt) / 1000,
    tally,
    output,
  };
}

function execute(check: Check): Promise<{ readonly code: number | null; readonly output: string }> {
  const [program, ...words] = check.command;
  const child = spawn(program, words, {
    cwd: workspace,
    env: { ...process.env, ...check.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const log = createWriteStream(join(OUTPUT_FOLDER, `${check.name}.log`));
  let output = '';
  const keep = (chunk: string) => {
    const text = stripVTControlCharacters(chunk);
    output += text;
    log.write(text);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const stop = () => endGroup(child);
  const timer = setTimeout(() => {
    keep(`\nstopped after ${TIME_LIMIT_MS / 60_000} minutes\n`);
    stop();
  }, TIME_LIMIT_MS);
  process.once('exit', stop);
  return new Promise((resolve) => {
    const end = (code: number | null) => {
      clearTimeout(timer);
      process.off('exit', stop);
      log.end();
      resolve({ code, output });
    };
    child.once('error', (error) => {
      keep(`${program} could not be started: ${error.message}\n`);
      end(1);
    });
    child.once('close', end);
  });
}

/** Ends a check and all processes that it started: they form a group of their own. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // The group may have ended by itself in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A test runner that fails beyond its tests, or reports nothing, adds one failure so that it cannot hide. */
function countTests(check: Check, succeeded: boolean): Tally {
  if (check.report === undefined) return succeeded ? PASSED : FAILED;
  try {
    const tally = check.report.parse(JSON.parse(readFileSync(check.report.file, 'utf8')));
    return succeeded || tally.failed > 0 ? tally : { ...tally, failed: 1 };
  } catch {
    // A run that broke off leaves no report, or half of one; its output says why.
    return FAILED;
  }
}
