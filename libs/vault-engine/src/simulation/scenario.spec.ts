import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runScenario } from './scenario.js';
import { type ScenarioOptions } from './scene.js';
import { simulatePlatform } from './simulated-platform.js';

/** How many seeds, and the first: `SIM_SEEDS=5000 SIM_FIRST=1` for a long run. */
const SEEDS = Number(process.env['SIM_SEEDS'] ?? 60);
const FIRST = Number(process.env['SIM_FIRST'] ?? 1);
const CHUNK = 10;

const CHUNKS = Array.from(
  { length: Math.ceil(SEEDS / CHUNK) },
  (_, index) => FIRST + index * CHUNK,
);

async function runChunk(first: number, options?: ScenarioOptions): Promise<void> {
  const failures: string[] = [];
  for (let seed = first; seed < Math.min(first + CHUNK, FIRST + SEEDS); seed++)
    await runScenario(seed, options).catch((error: unknown) => failures.push(String(error)));
  expect(failures).toEqual([]);
}

describe('a random scenario', () => {
  let takeBack: () => void;
  beforeAll(() => {
    takeBack = simulatePlatform();
  });
  afterAll(() => takeBack());

  it.each(CHUNKS)('keeps the invariants from seed %i on', { timeout: 120_000 }, (first) =>
    runChunk(first),
  );

  it.each(CHUNKS.slice(0, Math.ceil(CHUNKS.length / 3)))(
    'is mended after damage to the cloud from seed %i on',
    { timeout: 120_000 },
    (first) => runChunk(first, { isDamaging: true }),
  );

  it.each(CHUNKS.slice(0, Math.ceil(CHUNKS.length / 3)))(
    'keeps them while encryption is turned on from seed %i on',
    { timeout: 120_000 },
    (first) => runChunk(first, { isSealing: true }),
  );

  it.each(CHUNKS.slice(0, Math.ceil(CHUNKS.length / 3)))(
    'is mended after damage while encryption is turned on from seed %i on',
    { timeout: 120_000 },
    (first) => runChunk(first, { isSealing: true, isDamaging: true }),
  );
});
