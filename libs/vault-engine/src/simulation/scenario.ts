import { act } from './actions.js';
import { castActors } from './cast.js';
import { converge, mend } from './endings.js';
import { Scene, type ScenarioOptions } from './scene.js';
import { checkSealed, unlockMost } from './sealing.js';

export { type ScenarioOptions } from './scene.js';

const STEPS = 40;

/**
 * Several devices write, sync, die and sleep for a while in a cloud with faults, all decided by the seed; then the faults stop. Checks I1, I2, I3 and I7 of docs/sync-engine.md.
 * Where files were damaged, that after repairs the cloud holds all that any device has, that it verifies, and that a further repair writes nothing. Gives what was done.
 * @throws with the seed and what was done
 */
export async function runScenario(
  seed: number,
  options: ScenarioOptions = {},
): Promise<readonly string[]> {
  const scene = new Scene(seed, options);
  try {
    await play(scene);
  } catch (error) {
    throw new Error(`seed ${seed}: ${String(error)}\n${scene.log.join('\n')}`, { cause: error });
  }
  return scene.log;
}

async function play(scene: Scene): Promise<void> {
  const { actors, isDamaging, isSealing, log, oracle, tearsSilently } = scene;
  await castActors(scene);
  for (let step = 0; step < STEPS; step++) {
    await act(scene);
    if (!tearsSilently && !isDamaging) await oracle.checkAcknowledged();
  }
  log.push('the faults stop');
  for (const actor of actors) actor.calm();
  if (isSealing) await unlockMost(scene);
  await (isDamaging ? mend(scene) : converge(scene));
  if (isSealing) await checkSealed(scene);
  for (const { device } of actors) await device.storage.close();
}
