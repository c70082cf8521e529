import { describe, expect, it } from 'vitest';
import { runScenario, type ScenarioOptions } from './scenario.js';

/** How many seeds, and the first: `SIM_SEEDS=10000 SIM_FIRST=1` for a long run. */
const SEEDS = Number(process.env['SIM_SEEDS'] ?? 300);
const FIRST = Number(process.env['SIM_FIRST'] ?? 1);
const CHUNK = 25;

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

describe('devices that save, delete, sync and crash at random', () => {
  it.each(CHUNKS)(
    'lose nothing and come to the same, from seed %i on',
    { timeout: 120_000 },
    (first) => runChunk(first),
  );

  it.each(CHUNKS.slice(0, Math.ceil(CHUNKS.length / 3)))(
    'do so although files in the clouds are damaged, from seed %i on',
    { timeout: 120_000 },
    (first) => runChunk(first, { isDamaging: true }),
  );
});
