import { type Benchmark, type BenchmarkSettings, type Figure } from '../benchmark.ts';
import { bareRows } from './bare-rows.ts';

/** What runs in Chromium, in this order. */
export const pageBenchmarks: readonly Benchmark[] = [bareRows];

/** How the program that opened the page reaches the benchmarks in it. */
export interface PageBenchmarks {
  readonly names: readonly string[];
  run(name: string, settings: BenchmarkSettings): Promise<readonly Figure[]>;
}

const reachable: PageBenchmarks = {
  names: pageBenchmarks.map(({ name }) => name),
  run: async (name, settings) =>
    (await pageBenchmarks
      .find((benchmark) => benchmark.name === name)
      ?.run({ ...settings, readCorpus: async () => (await fetch('/corpus')).text() })) ?? [],
};
Object.assign(globalThis, { pageBenchmarks: reachable });
