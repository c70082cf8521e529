import { runScenario } from './scenario.js';
import { type ScenarioOptions } from './scene.js';
import { Swarm } from './swarm.js';

/** The least that still fails, as it may be given to `runScenario`, and how it does. */
export interface MinimalScript {
  readonly seed: number;
  readonly options: ScenarioOptions;
  /** The failure, with what was done. */
  readonly failure: string;
}

/** What decides whether a script fails; the real scenario unless a test says otherwise. */
export type Play = (seed: number, options: ScenarioOptions) => Promise<unknown>;

/**
 * Leaves out kinds of faults, then runs of steps, each time half as long, then kinds again, as long as the scenario fails in the same way. `undefined` when it does not fail.
 */
export async function shrink(
  seed: number,
  options: ScenarioOptions,
  allSteps: readonly number[],
  play: Play = runScenario,
): Promise<MinimalScript | undefined> {
  const failureOf = async (tried: ScenarioOptions): Promise<string | undefined> => {
    try {
      await play(seed, tried);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  const first = await failureOf(options);
  if (first === undefined) return undefined;
  let best: MinimalScript = { seed, options, failure: first };
  const attempt = async (tried: ScenarioOptions): Promise<boolean> => {
    const failure = await failureOf(tried);
    if (failure === undefined || kindOf(failure) !== kindOf(first)) return false;
    best = { seed, options: tried, failure };
    return true;
  };
  await withoutKinds(seed, () => best, attempt);
  await withoutSteps(options.steps ?? allSteps, () => best, attempt);
  await withoutKinds(seed, () => best, attempt);
  return best;
}

type Attempt = (options: ScenarioOptions) => Promise<boolean>;

async function withoutKinds(
  seed: number,
  best: () => MinimalScript,
  attempt: Attempt,
): Promise<void> {
  for (const kind of new Swarm(seed, best().options).kinds) {
    const { options } = best();
    await attempt({ ...options, without: [...(options.without ?? []), kind] });
  }
}

async function withoutSteps(
  all: readonly number[],
  best: () => MinimalScript,
  attempt: Attempt,
): Promise<void> {
  let steps = all;
  for (let size = Math.ceil(all.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let from = 0; from < steps.length;) {
      const fewer = [...steps.slice(0, from), ...steps.slice(from + size)];
      if (await attempt({ ...best().options, steps: fewer })) steps = fewer;
      else from += size;
    }
}

/** The words of a failure without names and numbers, so that another failure is not taken for it. */
const kindOf = (failure: string): string =>
  (failure.split('\n')[0] ?? '')
    .replace(/^seed \d+: /, '')
    .replace(/"[^"]*"|\d+/g, '')
    .split(' ')
    .slice(0, 6)
    .join(' ');
