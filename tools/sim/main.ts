/**
 * `npm run sim -- [--seeds N] [--from S] [--jobs J] [--without KIND,KIND] [--verbose]`: plays the scenarios of the seeds S … S + N − 1 on all cores
 * (docs/reliability.md). A seed that fails is cut down to the least that still fails and printed. Ends with 1 when one did.
 * `npm run sim -- --ablations [--rules WORD]`: switches each protective rule off in turn, and ends with 1 when the seeds do not notice it.
 */
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { bundleWorker } from './bundle.ts';
import { checkAblations } from './check-ablations.ts';
import { type Plan } from './plan.ts';
import { type Answer, SeedWorker } from './seed-worker.ts';

/** Failures after which it gives up: more would say nothing new. */
const MOST_FAILURES = 10;
const REPORT_EVERY_MS = 10_000;

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      from: { type: 'string', default: '1' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      without: { type: 'string' },
      ablations: { type: 'boolean', default: false },
      rules: { type: 'string', default: '' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const { seeds: wanted = values.ablations ? '1000' : '2000' } = values;
  const [seeds, from, jobs] = [wanted, values.from, values.jobs].map(Number) as [
    number,
    number,
    number,
  ];
  if (![seeds, from, jobs].every((count) => Number.isSafeInteger(count) && count > 0))
    throw new Error('Usage: npm run sim -- --seeds 2000 --from 1 --jobs 2');
  const rules = values.ablations ? values.rules : undefined;
  const options = values.without === undefined ? {} : { without: values.without.split(',') };
  return { from, seeds, jobs, options, isVerbose: values.verbose, rules };
}

class Simulation {
  readonly #plan: Plan;
  readonly #started = performance.now();
  readonly #failures: Answer[] = [];
  #next: number;
  #done = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#next = plan.from;
  }

  async run(program: string): Promise<number> {
    const reporting = setInterval(() => console.log(this.#progress()), REPORT_EVERY_MS);
    const workers = Array.from({ length: this.#plan.jobs }, () => new SeedWorker(program));
    try {
      await Promise.all(workers.map((worker) => this.#work(worker)));
    } finally {
      clearInterval(reporting);
      for (const worker of workers) worker.close();
    }
    console.log(this.#progress());
    const seeds = this.#failures.map(({ seed }) => seed);
    if (seeds.length > 0) console.error(`failed: ${seeds.join(', ')}`);
    return seeds.length;
  }

  async #work(worker: SeedWorker): Promise<void> {
    const { from, seeds, options, isVerbose } = this.#plan;
    while (this.#next < from + seeds && this.#failures.length < MOST_FAILURES) {
      const seed = this.#next++;
      const answer = await worker.play({ seed, options, isShrunk: false });
      this.#done += 1;
      if (isVerbose && answer.hash !== undefined) console.log(`seed ${seed} ${answer.hash}`);
      if (answer.failure === undefined) continue;
      this.#failures.push(answer);
      console.error(answer.failure.split('\n')[0]);
      this.#tell(answer, await worker.play({ seed, options, isShrunk: true }));
    }
  }

  #tell(answer: Answer, { script }: Answer): void {
    console.error(`\n${script?.failure ?? answer.failure}`);
    if (script) console.error(`runScenario(${answer.seed}, ${JSON.stringify(script.options)})\n`);
  }

  #progress(): string {
    const seconds = (performance.now() - this.#started) / 1000;
    const rate = (this.#done / seconds).toFixed(2);
    return `${this.#done} of ${this.#plan.seeds} seeds, ${this.#failures.length} failed, ${seconds.toFixed(0)} s, ${rate} seeds/s with ${this.#plan.jobs} processes`;
  }
}

async function simulate(plan: Plan): Promise<number> {
  const program = await bundleWorker();
  try {
    return await new Simulation(plan).run(program);
  } finally {
    rmSync(program, { force: true });
  }
}

const plan = readPlan();
const failures = plan.rules === undefined ? await simulate(plan) : await checkAblations(plan);
process.exitCode = failures > 0 ? 1 : 0;
