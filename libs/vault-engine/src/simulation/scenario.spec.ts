import { describe, expect, it } from 'vitest';
import { runScenario } from './scenario.js';

/** How many seeds, and the first: `SIM_SEEDS=5000 SIM_FIRST=1` for a long run. */
const SEEDS = Number(process.env['SIM_SEEDS'] ?? 60);
const FIRST = Number(process.env['SIM_FIRST'] ?? 1);
const CHUNK = 10;

describe('a random scenario', () => {
  const chunks = Array.from(
    { length: Math.ceil(SEEDS / CHUNK) },
    (_, index) => FIRST + index * CHUNK,
  );
  it.each(chunks)('keeps the invariants from seed %i on', { timeout: 120_000 }, async (first) => {
    const failures: string[] = [];
    for (let seed = first; seed < Math.min(first + CHUNK, FIRST + SEEDS); seed++)
      await runScenario(seed).catch((error: unknown) => failures.push(String(error)));
    expect(failures).toEqual([]);
  });
});
