/**
 * `npm run bench`: measures, compares with the budgets and with the recorded figures, and keeps what it measured in
 * tmp/bench/figures.json. `--only NAME,NAME` measures these; `--corpus FILE` takes a real chat (newline-delimited JSON, may be
 * gzip) instead of the sample; `--record` writes the figures to docs/benchmarks.md.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { type Benchmark, type BenchmarkContext, isWithinBudget } from './benchmark.ts';
import { bundle } from './bundle.ts';
import { openPageBenchmarks } from './open-page-benchmarks.ts';
import { type Measured, printFigures, writeReport } from './report.ts';

const workspace = join(import.meta.dirname, '../../..');
const output = join(workspace, 'tmp/bench');
const recorded = join(workspace, 'apps/benchmarks/figures.json');
const sample = join(workspace, 'apps/messenger/public/sample/sample-2k.ndjson');
const SEED = 1;

async function loadNodeBenchmarks(): Promise<readonly Benchmark[]> {
  const program: { readonly nodeBenchmarks: readonly Benchmark[] } = await import(
    await bundle('node/node-benchmarks.ts', 'node')
  );
  return program.nodeBenchmarks;
}

function readText(file: string): string {
  const bytes = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

const readMeasured = (file: string): readonly Measured[] =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly Measured[]) : [];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      corpus: { type: 'string' },
      record: { type: 'boolean', default: false },
    },
  });
  const names = values.only?.split(',');
  const corpus = readText(values.corpus ?? sample);
  const context: BenchmarkContext = {
    seed: SEED,
    isWholeCorpus: values.corpus !== undefined,
    readCorpus: async () => corpus,
  };
  mkdirSync(output, { recursive: true });
  const page = await openPageBenchmarks(await bundle('page/page-benchmarks.ts', 'browser'), corpus);
  const machine = `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${page.browser}`;
  const command = `npm run bench --${values.corpus === undefined ? '' : ' --corpus FILE'}`;
  const known = readMeasured(recorded);
  const measured: Measured[] = [];
  try {
    for (const benchmark of [...(await loadNodeBenchmarks()), ...page.benchmarks]) {
      if (names && !names.includes(benchmark.name)) continue;
      console.log(`\n${benchmark.name}`);
      const figures = await benchmark.run(context);
      const before = known.find(({ name }) => name === benchmark.name)?.figures ?? [];
      printFigures(figures, before);
      measured.push({ name: benchmark.name, machine, command, figures });
    }
  } finally {
    await page.close();
  }
  writeFileSync(join(output, 'figures.json'), JSON.stringify(measured, undefined, 2));
  console.log(`\n${machine}`);
  if (values.record) {
    const others = known.filter(({ name }) => !measured.some((one) => one.name === name));
    writeReport(join(workspace, 'docs/benchmarks.md'), recorded, [...others, ...measured]);
  }
  const over = measured
    .flatMap(({ figures }) => figures)
    .filter((figure) => !isWithinBudget(figure));
  if (over.length > 0) {
    console.error(`${over.length} figures are over their budget`);
    process.exitCode = 1;
  }
}

await main();
