import { describe, expect, it } from 'vitest';
import { type Check, type Outcome } from './check.ts';
import { runSchedule } from './schedule.ts';

const check = (name: string, lanes: 1 | 2, needs: readonly string[] = []): Check => ({
  name,
  title: name,
  command: ['true'],
  lanes,
  needs,
});

const outcome = (of: Check, kind: Outcome['kind']): Outcome => ({
  check: of,
  kind,
  seconds: 0,
  tally: { passed: kind === 'passed' ? 1 : 0, failed: kind === 'passed' ? 0 : 1, skipped: 0 },
  output: '',
});

/** Runs the checks, with those named in `failing` failing, and tells what happened in order. */
async function run(checks: readonly Check[], failing: readonly string[] = []) {
  const events: string[] = [];
  const outcomes = await runSchedule(checks, {
    run: async (started) => {
      events.push(`start ${started.name}`);
      await Promise.resolve();
      return outcome(started, failing.includes(started.name) ? 'failed' : 'passed');
    },
    leaveOut: (left) => outcome(left, 'left-out'),
    onEnd: (ended) => events.push(`${ended.kind} ${ended.check.name}`),
  });
  return { events, kinds: outcomes.map(({ kind }) => kind) };
}

describe('runSchedule', () => {
  it('runs two small checks side by side and a large one alone', async () => {
    const { events } = await run([check('a', 1), check('b', 1), check('c', 2)]);
    expect(events).toEqual(['start a', 'start b', 'passed a', 'passed b', 'start c', 'passed c']);
  });

  it('goes on after a failure and leaves out only what needs the failed check', async () => {
    const checks = [check('build', 2), check('e2e', 2, ['build']), check('lint', 1)];
    const { kinds } = await run(checks, ['build']);
    expect(kinds).toEqual(['failed', 'left-out', 'passed']);
  });

  it('leaves out what needs a check that was left out', async () => {
    const checks = [check('a', 1), check('b', 1, ['a']), check('c', 1, ['b'])];
    expect((await run(checks, ['a'])).kinds).toEqual(['failed', 'left-out', 'left-out']);
  });
});
