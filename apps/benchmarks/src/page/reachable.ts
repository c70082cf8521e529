import { type BenchmarkSettings, type Figure } from '../benchmark.ts';

/** How the program that opened the page reaches the benchmarks in it. */
export interface PageBenchmarks {
  readonly names: readonly string[];
  run(name: string, settings: BenchmarkSettings): Promise<readonly Figure[]>;
}
