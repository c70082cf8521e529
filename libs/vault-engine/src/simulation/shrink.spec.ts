import { describe, expect, it } from 'vitest';
import { type ScenarioOptions } from './scene.js';
import { shrink } from './shrink.js';
import { Swarm } from './swarm.js';

const ALL = Array.from({ length: 40 }, (_, step) => step);
/** The first seed whose run has crashes, and other faults besides. */
const SEED =
  ALL.find((seed) => {
    const swarm = new Swarm(seed);
    return swarm.has('crashes') && swarm.kinds.length > 4;
  }) ?? 0;

/** Fails when there are crashes and the steps 7 and 23 are taken; in another way when step 3 is left out besides. */
async function play(seed: number, options: ScenarioOptions): Promise<void> {
  const { steps = ALL } = options;
  const isBroken = new Swarm(seed, options).has('crashes');
  if (!isBroken || !steps.includes(7) || !steps.includes(23)) return;
  throw new Error(`seed ${seed}: Error: "file ${steps.length}" is lost\nsteps ${steps.join(', ')}`);
}

describe('shrink', () => {
  it('leaves the kinds of faults and the steps that it takes to fail', async () => {
    const script = await shrink(SEED, {}, ALL, play);
    expect(script?.options.steps).toEqual([7, 23]);
    expect(new Swarm(SEED, script?.options).kinds).toEqual(['crashes']);
    expect(script?.failure).toContain('steps 7, 23');
  });

  it('does not take another failure for the one it looks into', async () => {
    const otherwise = async (seed: number, options: ScenarioOptions) => {
      if (options.steps && !options.steps.includes(3)) throw new Error(`seed ${seed}: Error: else`);
      await play(seed, options);
    };
    const script = await shrink(SEED, {}, ALL, otherwise);
    expect(script?.options.steps).toEqual([3, 7, 23]);
  });

  it('gives nothing for what does not fail', async () => {
    expect(await shrink(SEED, { without: ['crashes'] }, ALL, play)).toBeUndefined();
  });
});
