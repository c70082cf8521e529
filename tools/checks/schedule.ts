import { type Check, type Outcome } from './check.ts';

const LANES = 2;

/** How a schedule runs and reports its checks. */
export interface ScheduleActions {
  readonly run: (check: Check) => Promise<Outcome>;
  readonly leaveOut: (check: Check, cause: string) => Outcome;
  /** Called as soon as a check has ended. */
  readonly onEnd: (outcome: Outcome) => void;
}

/**
 * Runs all checks, at most two lanes at a time and each after those it needs. One failure does not stop the others; only
 * what needs the failed check is left out.
 */
export async function runSchedule(
  checks: readonly Check[],
  actions: ScheduleActions,
): Promise<readonly Outcome[]> {
  const outcomes = new Map<string, Outcome>();
  const running = new Map<string, Promise<void>>();
  const waiting = [...checks];
  let freeLanes = LANES;

  const end = (outcome: Outcome) => {
    outcomes.set(outcome.check.name, outcome);
    actions.onEnd(outcome);
  };
  const start = (check: Check) => {
    freeLanes -= check.lanes;
    const ended = actions.run(check).then((outcome) => {
      freeLanes += check.lanes;
      running.delete(check.name);
      end(outcome);
    });
    running.set(check.name, ended);
  };

  while (waiting.length > 0 || running.size > 0) {
    const ready = waiting.findIndex((check) => canStart(check, outcomes, freeLanes));
    const [check] = ready < 0 ? [] : waiting.splice(ready, 1);
    if (check === undefined) await Promise.race(running.values());
    else {
      const cause = check.needs?.find((name) => outcomes.get(name)?.kind !== 'passed');
      if (cause === undefined) start(check);
      else end(actions.leaveOut(check, cause));
    }
  }
  return checks.map(({ name }) => outcomes.get(name) as Outcome);
}

/** Whether everything the check needs has ended and its lanes are free. */
function canStart(
  check: Check,
  outcomes: ReadonlyMap<string, Outcome>,
  freeLanes: number,
): boolean {
  return check.lanes <= freeLanes && (check.needs ?? []).every((name) => outcomes.has(name));
}
