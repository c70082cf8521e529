import { rmSync } from 'node:fs';
import { type Ablation, ABLATIONS } from './ablations.ts';
import { bundleWorker } from './bundle.ts';
import { type Plan } from './plan.ts';
import { SeedWorker } from './seed-worker.ts';

/** Switches each rule off in turn and plays seeds until one fails. Gives how many rules nobody missed. */
export async function checkAblations(plan: Plan): Promise<number> {
  let unnoticed = 0;
  for (const ablation of ABLATIONS.filter(({ rule }) => rule.includes(plan.rules ?? ''))) {
    const found = await firstFailure(plan, ablation);
    if (found === undefined) unnoticed += 1;
    console.log(`${found ?? `NOT NOTICED in ${plan.seeds} seeds`}: ${ablation.rule}`);
  }
  return unnoticed;
}

/** After how many seeds it was noticed, and by what. */
async function firstFailure(plan: Plan, ablation: Ablation): Promise<string | undefined> {
  const { from, seeds, jobs, options } = plan;
  const program = await bundleWorker(ablation);
  const workers = Array.from({ length: jobs }, () => new SeedWorker(program));
  let next = from;
  let found: string | undefined;
  const work = async (worker: SeedWorker) => {
    while (next < from + seeds && found === undefined) {
      const seed = next++;
      const { failure } = await worker.play({
        seed,
        options: { ...options, ...ablation.options },
        isShrunk: false,
      });
      if (failure === undefined) continue;
      found ??= `noticed by ${failure.split('\n')[0]?.slice(0, 160)}`;
    }
  };
  try {
    await Promise.all(workers.map(work));
  } finally {
    for (const worker of workers) worker.close();
    rmSync(program, { force: true });
  }
  return found;
}
