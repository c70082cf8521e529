import { DAY, type Device, HOUR, MINUTE } from '../testing/world.js';
import { type Actor } from './actor.js';
import { attempt } from './attempt.js';
import { dieAtCall, dieAtWrite, sleepInWork, workInTwoTabs } from './broken-off.js';
import { clone, evict, restoreImage } from './disks.js';
import { damage, dropFile, restoreTrash, rollBack } from './folder.js';
import { readOlder } from './history-check.js';
import { type Scene } from './scene.js';
import { sealOrPlant } from './sealing.js';
import { type FaultKind } from './swarm.js';
import { change, write } from './writing.js';

type Action = (scene: Scene, actor: Actor) => unknown;

/** What may happen at a step, how often beside the others, and the kind of fault that it belongs to. */
const ACTIONS: readonly {
  readonly weight: number;
  readonly action: Action;
  readonly kind?: FaultKind;
  /** Whether a device can do it that cannot be reached. */
  readonly isOffline?: boolean;
}[] = [
  { weight: 20, action: write, isOffline: true },
  { weight: 12, action: change, isOffline: true },
  { weight: 30, action: syncNow },
  { weight: 12, action: passTime, isOffline: true },
  { weight: 4, action: working('compact', (device) => device.engine().compact()) },
  { weight: 2, action: working('repair', (device) => device.engine().repair()) },
  { weight: 2, action: working('collect', (device) => device.engine().collectGarbage()) },
  { weight: 1, action: working('backup', (device) => device.engine().backup()) },
  { weight: 4, action: readOlder },
  { weight: 10, action: dieAtWrite, kind: 'crashes' },
  { weight: 7, action: dieAtCall, kind: 'crashes' },
  { weight: 8, action: sleepInWork, kind: 'freezes' },
  { weight: 6, action: workInTwoTabs, kind: 'two-tabs' },
  { weight: 3, action: jumpClock, kind: 'clocks', isOffline: true },
  { weight: 3, action: restoreImage, kind: 'disk-images' },
  { weight: 2, action: clone, kind: 'clones' },
  { weight: 3, action: evict, kind: 'evictions' },
  { weight: 4, action: loseToken, kind: 'token-death' },
  { weight: 3, action: restoreTrash, kind: 'trash-restored' },
  { weight: 8, action: damage, kind: 'damage' },
  { weight: 5, action: dropFile, kind: 'hand-deleted' },
  { weight: 3, action: rollBack, kind: 'rollback' },
  { weight: 14, action: sealOrPlant, kind: 'encryption' },
];

/** One thing happens. */
export async function act(scene: Scene): Promise<void> {
  const { actors, dice, swarm } = scene;
  const actor = dice.any(actors);
  const possible = ACTIONS.filter(
    ({ kind, isOffline = false }) =>
      (kind === undefined || swarm.isDrawn(kind)) && (isOffline || !actor.isAway),
  );
  let left = dice.roll() * possible.reduce((sum, { weight }) => sum + weight, 0);
  const chosen = possible.find(({ weight }) => (left -= weight) < 0);
  if (chosen?.kind === undefined || swarm.has(chosen.kind)) await chosen?.action(scene, actor);
}

/** The one that was away for two years comes back. */
export function comeBack({ actors, log, world }: Scene): void {
  for (const actor of actors.filter(({ isAway }) => isAway)) {
    world.pass(730 * DAY);
    actor.isAway = false;
    log.say(`${actor.name} is back after two years`);
  }
}

function working(what: string, work: (device: Device) => Promise<unknown>): Action {
  return (scene, actor) => attempt(scene, actor, what, work);
}

async function syncNow(scene: Scene, actor: Actor): Promise<void> {
  const before = await scene.oracle.reader.content();
  const outcome = await attempt(scene, actor, 'sync', (device) => device.sync());
  if (outcome === 'ok') actor.known = before;
}

function passTime({ dice, log, world }: Scene): void {
  const ms = dice.any([10 * MINUTE, 5 * HOUR, 2 * DAY, 9 * DAY, 20 * DAY]);
  log.say(`pass ${ms / HOUR} h`);
  world.pass(ms);
}

function jumpClock({ dice, log }: Scene, actor: Actor): void {
  const ms = Math.round(dice.any([HOUR, 40 * DAY, 3650 * DAY]) * (2 * dice.roll() - 1));
  actor.clock.offsetMs += ms;
  log.say(`${actor.name} clock jumps ${ms / HOUR} h`);
}

function loseToken({ dice, log }: Scene, { name, network }: Actor): void {
  const calls = dice.between(1, 12);
  network.failNext('any', 401, calls);
  log.say(`${name} is not let in ${calls} times`);
}
