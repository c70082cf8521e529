import { type Benchmark } from '../benchmark.ts';

/** What runs in Node, in this order. */
export const nodeBenchmarks: readonly Benchmark[] = [];
