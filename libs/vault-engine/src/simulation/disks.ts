import { mergeContents } from '@chat-vault/core';
import { type Actor } from './actor.js';
import { attempt } from './attempt.js';
import { addActor } from './cast.js';
import { type Scene } from './scene.js';
import { write } from './writing.js';

const MOST_ACTORS = 8;

/** Whether all that is on this disk is in the cloud too, so that nothing is lost with the disk. */
async function isDisposable(scene: Scene, { device, isUnlocked }: Actor): Promise<boolean> {
  // What was torn unnoticed is on this disk alone until its writer notices.
  if (scene.swarm.has('lying-uploads')) return false;
  // What it uploads plain while others seal is known to be its own on this disk alone.
  if (!isUnlocked && scene.actors.some((other) => other.isUnlocked)) return false;
  if (!(await device.storage.providers()).includes('memory')) return false;
  return (await device.storage.pendingSummary('memory')).records === 0;
}

/** The disk of the device goes back to an image made before what it did since; nothing was pending. */
export async function restoreImage(scene: Scene, actor: Actor): Promise<void> {
  if (!(await isDisposable(scene, actor))) return;
  const image = await scene.world.clone(actor.device, { now: actor.device.parts.now });
  const { seen, known } = actor;
  await write(scene, actor);
  await attempt(scene, actor, 'sync before its disk goes back', (device) => device.sync());
  if (!(await isDisposable(scene, actor))) return image.storage.close();
  await actor.device.storage.close();
  Object.assign(actor, { device: image, seen, known });
  scene.log.say(`${actor.name} is an older image`);
}

/** The disk is copied, and from now on both live, with one device id. */
export async function clone(scene: Scene, actor: Actor): Promise<void> {
  if (scene.actors.length >= MOST_ACTORS) return;
  const twin = await addActor(scene, {}, (parts) => scene.world.clone(actor.device, parts));
  const { seen, known, isUnlocked, isLocked } = actor;
  Object.assign(twin, { seen, known, isUnlocked, isLocked });
  await scene.note(twin, `is a clone of ${actor.name}`);
}

/** The browser throws the database away; nothing was pending. */
export async function evict(scene: Scene, actor: Actor): Promise<void> {
  if (!(await isDisposable(scene, actor))) return;
  const { storage: _storage, ...parts } = actor.device.parts;
  await actor.device.storage.close();
  actor.device = await scene.world.device(parts);
  actor.seen = mergeContents([]);
  actor.known = mergeContents([]);
  await scene.note(actor, 'lost its database');
}
