import { act } from './actions.js';
import { castActors } from './cast.js';
import { converge, mend } from './endings.js';
import { Scene, type ScenarioOptions } from './scene.js';
import { checkSealed, unlockMost } from './sealing.js';

/** What a scenario that went well leaves. */
export interface Outcome {
  /** What was done. */
  readonly lines: readonly string[];
  /** The same for the same seed. */
  readonly hash: string;
}

const STEPS = 40;

/**
 * Several devices write, sync, die and sleep for a while in a cloud with faults, all decided by the seed; then the faults stop. Checks I1, I2, I3, I7 and, where it is sealed, I9 of docs/sync-engine.md.
 * Where files were damaged, that after repairs the cloud holds all that any device has, that it verifies, and that a further repair writes nothing. Gives what was done.
 * @throws with the seed and what was done
 */
export async function runScenario(seed: number, options: ScenarioOptions = {}): Promise<Outcome> {
  const scene = await Scene.open(seed, options);
  try {
    await play(scene);
  } catch (error) {
    const lines = scene.log.lines.join('\n');
    throw new Error(`seed ${seed}: ${String(error)}\n${lines}`, { cause: error });
  }
  return { lines: scene.log.lines, hash: scene.log.end() };
}

async function play(scene: Scene): Promise<void> {
  const { actors, isDamaging, isSealing, log, oracle, tearsSilently } = scene;
  await castActors(scene);
  for (let step = 0; step < STEPS; step++) {
    await act(scene);
    if (!tearsSilently && !isDamaging) await oracle.checkAcknowledged();
  }
  log.say('the faults stop');
  for (const actor of actors) actor.calm();
  if (isSealing) await unlockMost(scene);
  await (isDamaging ? mend(scene) : converge(scene));
  if (isSealing) await checkSealed(scene);
  for (const { device } of actors) await device.storage.close();
}
