import { type Benchmark } from '../benchmark.ts';
import { entities } from './entities.ts';
import { localStore } from './local-store.ts';
import { type PageBenchmarks } from './reachable.ts';
import { restore } from './restore.ts';
import { sealed } from './sealed.ts';
import { wholeCorpus } from './whole-corpus.ts';

/** What runs in Chromium, in this order. */
export const pageBenchmarks: readonly Benchmark[] = [
  restore,
  localStore,
  sealed,
  entities,
  wholeCorpus,
];

const reachable: PageBenchmarks = {
  names: pageBenchmarks.map(({ name }) => name),
  run: async (name, settings) =>
    (await pageBenchmarks
      .find((benchmark) => benchmark.name === name)
      ?.run({ ...settings, readCorpus: async () => (await fetch('/corpus')).text() })) ?? [],
};
Object.assign(globalThis, { pageBenchmarks: reachable });
