import { act, comeBack } from './actions.js';
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

/** Steps of a scenario, from 0. */
export const ALL_STEPS: readonly number[] = Array.from({ length: 40 }, (_, step) => step);
const SNAPSHOT_EVERY = 5;
/** The step before which the device that is away comes back. */
const BACK_AT = 30;

/**
 * Several devices write, sync, die and sleep for a while in a cloud with faults, all decided by the seed; then the faults stop. Checks I1, I2, I3, I7 and, where it is sealed, I9 of docs/sync-engine.md.
 * Where files were damaged, that after repairs the cloud holds all that any device has, that it verifies, and that a further repair writes nothing. Gives what was done.
 * @throws with the seed and what was done
 */
export async function runScenario(seed: number, options: ScenarioOptions = {}): Promise<Outcome> {
  const scene = await Scene.open(seed, options);
  try {
    await play(scene, options.steps);
  } catch (error) {
    const what = scene.log.lines.join('\n');
    throw new Error(`seed ${seed}: ${String(error)}\n${what}`, { cause: error });
  }
  return { lines: scene.log.lines, hash: scene.log.end() };
}

async function play(scene: Scene, steps: readonly number[] = ALL_STEPS): Promise<void> {
  const { actors, isDamaging, isSealing, log, oracle, snapshots, world } = scene;
  await castActors(scene);
  for (const step of steps) {
    scene.beginStep(step);
    if (step % SNAPSHOT_EVERY === 0) snapshots.push(world.cloud.snapshot());
    if (step === BACK_AT) comeBack(scene);
    log.say(`step ${step}`);
    await act(scene);
    scene.throwFailure();
    if (scene.isCloudTrue) await oracle.checkAcknowledged();
  }
  log.say('the faults stop');
  comeBack(scene);
  scene.calm();
  if (isSealing) await unlockMost(scene);
  await (isDamaging ? mend(scene) : converge(scene));
  if (isSealing) await checkSealed(scene);
  scene.throwFailure();
  for (const { device } of actors) await device.storage.close();
}
