import { ChatVaultError } from '@chat-vault/core';
import { isSealedPath } from '../sealing/gate.js';
import { syncUntilQuiet } from '../testing/sync-rounds.js';
import { DAY, HOUR, World } from '../testing/world.js';
import { type Actor } from './actor.js';
import { attempt } from './attempt.js';
import { RecordBook } from './record-book.js';
import { type Scene, URNS } from './scene.js';

/** Somebody gets the key and turns encryption on, writes anew what is plain, or a stranger puts a plain file into the encrypted vault. */
export async function sealOrPlant(scene: Scene, actor: Actor): Promise<void> {
  const { actors, dice } = scene;
  const isOn = actors.some(({ isUnlocked }) => isUnlocked);
  if (isOn && scene.swarm.has('planted-files') && dice.chance(0.5) && (await isKnownToAll(scene)))
    return plant(scene);
  if (actor.isUnlocked && dice.chance(0.6)) {
    const maxVaults = dice.any([1, 3, Number.POSITIVE_INFINITY]);
    await attempt(scene, actor, 'rewrite', (device) => device.engine().rewrite({ maxVaults }));
    return;
  }
  // The last one never unlocks before the faults stop.
  if (actor.isUnlocked || (isOn && actor === actors.at(-1))) return;
  unlock(scene, actor);
  // The first one has to say so: otherwise what it does not know yet would not count.
  if (!isOn || dice.chance(0.7))
    await attempt(scene, actor, 'seal', (device) => device.engine().seal());
}

/** Whether no device takes plain files at their word any more. */
async function isKnownToAll({ devices }: Scene): Promise<boolean> {
  for (const device of devices) {
    const { documents } = await device.storage.syncState('memory');
    if (documents['encryption'] !== 'on') return false;
  }
  return true;
}

function unlock({ codec, log }: Scene, actor: Actor): void {
  actor.device = actor.device.with({ codec });
  actor.isUnlocked = true;
  log.say(`${actor.name} has the key`);
}

/** A plain file of somebody who has no key. */
async function plant({ dice, log, planted, seed, world }: Scene): Promise<void> {
  const other = new World(seed + planted.length + 1);
  other.now = world.now;
  const eve = await other.device({ options: { bulkRecords: dice.any([1, 20_000]) } });
  await eve.write(2, { prefix: 'evil', conversationUrn: dice.any(URNS) });
  await eve.sync();
  for (const { path } of other.cloud.files()) {
    log.say(`plant ${path}`);
    planted.push(path);
    world.cloud.poke(path, other.cloud.peek(path) ?? new Uint8Array());
  }
  await eve.storage.close();
}

/** All but one unlock. That one is refused, and keeps what it has; then it unlocks too. */
export async function unlockMost(scene: Scene): Promise<void> {
  if (scene.isDamaging) await dropStrangeFiles(scene);
  // Where there is one device only, nobody else turns encryption on.
  const locked = scene.actors.length > 1 ? scene.actors.at(-1) : undefined;
  for (const actor of scene.actors) if (!actor.isUnlocked && actor !== locked) unlock(scene, actor);
  for (const actor of scene.actors)
    if (actor.isUnlocked) {
      await actor.device.engine().seal();
      await actor.device.sync();
    }
  if (locked === undefined || locked.isUnlocked) return;
  scene.world.pass(HOUR);
  await attempt(scene, locked, 'sync without the key', (device) => device.sync());
  // Where all sealed files were removed nobody can tell.
  if (!locked.isLocked && !scene.isDamaging)
    throw new Error('a device without the key was not locked');
  unlock(scene, locked);
}

/** Sealed files whose beginning was altered look like those of another vault, or of a newer version of the app, until a person removes them. */
async function dropStrangeFiles({ codec, log, world: { cloud } }: Scene): Promise<void> {
  for (const { path } of cloud.files())
    try {
      if (isSealedPath(path))
        await codec.decode(cloud.peek(path) ?? new Uint8Array(), { kind: 'catalog' });
    } catch (error) {
      if (!(error instanceof ChatVaultError)) throw error;
      if (!['unknown-key', 'upgrade-required'].includes(error.code)) continue;
      log.say(`drop ${path}: ${error.code}`);
      cloud.drop(path);
    }
}

/** What was planted is on no device, every file that is not sealed is known or planted, and what was sealed is refused when it is changed (I9). */
export async function checkSealed(scene: Scene): Promise<void> {
  const { actors, audit, plain, planted, world } = scene;
  for (const { path } of world.cloud.files())
    if (!isSealedPath(path) && !plain.has(path) && !planted.includes(path))
      throw new Error(`"${path}" is not sealed`);
  for (const { name, device } of actors)
    if ((await device.texts()).some((one) => one.startsWith('evil')))
      throw new Error(`${name} took in what was planted`);
  if (!scene.isDamaging) await checkRewritten(scene);
  await audit.checkRefusals(scene.dice, scene.codec);
}

/** Everything that was acknowledged is in sealed files. */
async function checkRewritten(scene: Scene): Promise<void> {
  const { oracle } = scene;
  await rewriteAll(scene);
  const strict = await oracle.reader.content({ sealedOnly: true });
  const lost = new RecordBook(strict).lacking(oracle.acknowledged);
  if (lost.length > 0) throw new Error(`not in the encrypted vault: ${lost.join(', ')}`);
}

/** All of it is sealed in the end, and still everything is there. */
async function rewriteAll({ actors, devices, world }: Scene): Promise<void> {
  for (const device of devices) await device.engine().rewrite();
  await syncUntilQuiet(world, devices);
  world.pass(8 * DAY);
  await syncUntilQuiet(world, devices);
  for (const { name, device } of actors) {
    const { plainFiles } = await device.engine().inventory();
    if (plainFiles > 0) throw new Error(`${name} still counts ${plainFiles} plain files`);
  }
}
