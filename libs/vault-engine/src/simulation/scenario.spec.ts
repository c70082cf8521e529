import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runScenario } from './scenario.js';
import { type ScenarioOptions } from './scene.js';
import { simulatePlatform } from './simulated-platform.js';

/** How many seeds, and the first: `SIM_SEEDS=5000 SIM_FIRST=1`; a long run is faster with `npm run sim`. */
const SEEDS = Number(process.env['SIM_SEEDS'] ?? 60);
const FIRST = Number(process.env['SIM_FIRST'] ?? 1);
const CHUNK = 10;

const chunks = (seeds: number): readonly number[] =>
  Array.from({ length: Math.ceil(seeds / CHUNK) }, (_, index) => FIRST + index * CHUNK);

const ALL = chunks(SEEDS);
const THIRD = chunks(SEEDS / 3);

async function runChunk(first: number, options: ScenarioOptions): Promise<void> {
  const failures: string[] = [];
  for (let seed = first; seed < Math.min(first + CHUNK, FIRST + SEEDS); seed++)
    await runScenario(seed, options).catch((error: unknown) => failures.push(String(error)));
  expect(failures).toEqual([]);
}

describe('a random scenario', { timeout: 240_000 }, () => {
  let takeBack: () => void;
  beforeAll(() => {
    takeBack = simulatePlatform();
  });
  afterAll(() => takeBack());

  it.each(ALL)('keeps the invariants from seed %i on', (first) =>
    runChunk(first, { isDamaging: false, isSealing: false }),
  );

  it.each(THIRD)('is mended after damage to the cloud from seed %i on', (first) =>
    runChunk(first, { isDamaging: true, isSealing: false }),
  );

  it.each(THIRD)('keeps them while encryption is turned on from seed %i on', (first) =>
    runChunk(first, { isDamaging: false, isSealing: true }),
  );

  it.each(THIRD)('is mended after damage while encryption is turned on from seed %i on', (first) =>
    runChunk(first, { isDamaging: true, isSealing: true }),
  );

  // Seeds that failed once, and what they met.
  it.each([
    [5035, 'a changed byte that makes a sealed catalog look like that of a newer version'],
    [40033, 'a vault of one device, on which nobody else turns encryption on'],
  ])('is played to its end for seed %i: %s', async (seed) => {
    await runScenario(seed);
  });
});
