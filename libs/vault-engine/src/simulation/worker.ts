/**
 * One process of `npm run sim` (tools/sim): plays each seed that it is sent, and answers how it ended.
 */
import { ALL_STEPS, runScenario } from './scenario.js';
import { type ScenarioOptions } from './scene.js';
import { shrink } from './shrink.js';
import { banAmbient, simulatePlatform } from './simulated-platform.js';

/** A seed to play; with `isShrunk` a failing one to cut down. */
interface Task {
  readonly seed: number;
  readonly options: ScenarioOptions;
  readonly isShrunk: boolean;
}

simulatePlatform();
banAmbient();
process.on('disconnect', () => process.exit());
process.on('message', (task: Task) => {
  // While a scenario runs nothing but its own work keeps the process alive: one that waits for what never comes ends it.
  process.channel?.unref();
  void carryOut(task).then((answer) => {
    process.channel?.ref();
    process.send?.({ seed: task.seed, ...answer });
  });
});

async function carryOut({ seed, options, isShrunk }: Task): Promise<object> {
  if (isShrunk) return { script: await shrink(seed, options, ALL_STEPS) };
  try {
    return { hash: (await runScenario(seed, options)).hash };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
