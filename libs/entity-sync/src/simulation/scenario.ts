import { checkDisks, converge } from './scenario-checks.js';
import { ScenarioDeeds } from './scenario-deeds.js';
import { type ScenarioOptions, ScenarioWorld } from './scenario-world.js';

export { type ScenarioOptions } from './scenario-world.js';

const STEPS = 40;

/**
 * Up to five devices save, delete, sync, crash, restart and change the key with clouds that fail, all decided by the seed; then the faults stop. Checks that nothing acknowledged is lost, no
 * deletion undone and nothing invented, that all devices come to the same, that the newest key opens all of it, and that a further sync reads metadata only and writes nothing.
 * @throws with the seed and what was done
 */
export async function runScenario(seed: number, options: ScenarioOptions = {}): Promise<void> {
  const world = new ScenarioWorld(seed, options);
  const deeds = new ScenarioDeeds(world);
  try {
    await world.open();
    for (let step = 0; step < STEPS; step++) {
      await deeds.step();
      await checkDisks(world);
    }
    await converge(world);
  } catch (error) {
    const stack = error instanceof Error ? error.stack : String(error);
    throw new Error(`seed ${seed}: ${stack}\n${world.log.join('\n')}`, { cause: error });
  }
}
