import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { type ChatVaultEngine } from '../chat-vault-engine.js';
import { Crash, crashingStorage } from '../testing/crashing-storage.js';
import { DAY, HOUR, MINUTE } from '../testing/world.js';
import { type Actor } from './actor.js';
import { attempt } from './attempt.js';
import { type Dice } from './dice.js';
import { type Scene } from './scene.js';

interface Work {
  readonly name: string;
  readonly start: (engine: ChatVaultEngine) => Promise<unknown>;
}

const SYNC: Work = { name: 'sync', start: (engine) => engine.sync() };
const COMPACT: Work = { name: 'compact', start: (engine) => engine.compact() };
const REPAIR: Work = { name: 'repair', start: (engine) => engine.repair() };

const anyWork = (dice: Dice): Work => dice.any([SYNC, SYNC, SYNC, SYNC, COMPACT, REPAIR]);

/** The process dies before a write to its storage. */
export async function dieAtWrite(scene: Scene, actor: Actor): Promise<void> {
  const after = scene.dice.any([scene.dice.between(0, 6), scene.dice.between(0, 14)]);
  const { name, start } = anyWork(scene.dice);
  const { storage } = crashingStorage(actor.device.storage, after);
  const what = `${name} that dies before storage write ${after + 1}`;
  await attempt(scene, actor, what, (device) => start(device.engine(undefined, storage)));
}

/** The process dies before or after a call of the cloud was answered. */
export async function dieAtCall(scene: Scene, actor: Actor): Promise<void> {
  const { dice } = scene;
  const after = dice.between(0, 20);
  const { name, start } = anyWork(dice);
  const cloud = faultyCloud(actor.network);
  cloud.stopAfter(after, { error: new Crash('died at a call'), isLastReplyLost: dice.chance(0.5) });
  const what = `${name} that dies after call ${after}`;
  await attempt(scene, actor, what, (device) => start(device.engine(cloud)));
}

/** At some call of its work the device sleeps, while another one works. */
export async function sleepInWork(scene: Scene, actor: Actor): Promise<void> {
  const { actors, dice, world } = scene;
  const other = dice.any(actors);
  const at = dice.between(1, 20);
  const ms = dice.any([0, MINUTE, HOUR, 3 * DAY, 9 * DAY, 30 * DAY]);
  const [mine, theirs] = [anyWork(dice), anyWork(dice)];
  if (other === actor || other.isAway) return;
  const cloud = faultyCloud(actor.network);
  let calls = 0;
  cloud.beforeCall(async () => {
    calls += 1;
    if (calls !== at) return;
    world.pass(ms);
    await attempt(scene, other, `meanwhile ${theirs.name}`, (device) =>
      theirs.start(device.engine()),
    );
  });
  const what = `${mine.name} that sleeps ${ms / HOUR} h before call ${at}`;
  await attempt(scene, actor, what, (device) => mine.start(device.engine(cloud)));
}

/** Two or three tabs of one device work at once, over one database. */
export async function workInTwoTabs(scene: Scene, actor: Actor): Promise<void> {
  const { dice } = scene;
  const works = Array.from({ length: dice.between(2, 3) }, () => anyWork(dice));
  await Promise.all(
    works.map(({ name, start }, tab) =>
      attempt(scene, actor, `${name} in tab ${tab + 1}`, (device) => start(device.engine())),
    ),
  );
}
