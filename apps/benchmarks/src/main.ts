/** `npm run bench`: measures, compares with the budgets, and keeps the figures in tmp/bench/figures.json. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Benchmark, type Figure, isWithinBudget } from './benchmark.ts';
import { bundle } from './bundle.ts';
import { openPageBenchmarks } from './open-page-benchmarks.ts';

const output = join(import.meta.dirname, '../../../tmp/bench');
const SEED = 1;

async function loadNodeBenchmarks(): Promise<readonly Benchmark[]> {
  const program: { readonly nodeBenchmarks: readonly Benchmark[] } = await import(
    await bundle('node/node-benchmarks.ts', 'node')
  );
  return program.nodeBenchmarks;
}

function print(figures: readonly Figure[]): void {
  for (const figure of figures) {
    const { what, value, unit, budget } = figure;
    const mark = isWithinBudget(figure) ? ' ' : '✗';
    const limit = budget === undefined ? '' : ` (budget ${budget.toLocaleString('en')})`;
    const digits = { maximumFractionDigits: value < 10 ? 3 : 1 };
    console.log(`${mark} ${what.padEnd(60)} ${value.toLocaleString('en', digits)} ${unit}${limit}`);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const names = values.only?.split(',');
  mkdirSync(output, { recursive: true });
  const page = await openPageBenchmarks(await bundle('page/page-benchmarks.ts', 'browser'));
  const figures: Figure[] = [];
  try {
    for (const benchmark of [...(await loadNodeBenchmarks()), ...page.benchmarks]) {
      if (names && !names.includes(benchmark.name)) continue;
      console.log(`\n${benchmark.name}`);
      const measured = await benchmark.run({ seed: SEED });
      print(measured);
      figures.push(...measured);
    }
  } finally {
    await page.close();
  }
  const machine = `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${page.browser}`;
  writeFileSync(join(output, 'figures.json'), JSON.stringify({ machine, figures }, undefined, 2));
  console.log(`\n${machine}`);
  const over = figures.filter((figure) => !isWithinBudget(figure));
  if (over.length > 0) {
    console.error(`${over.length} figures are over their budget`);
    process.exitCode = 1;
  }
}

await main();
