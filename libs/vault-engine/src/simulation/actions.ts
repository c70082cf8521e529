import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { type ChatMessage } from '@chat-vault/core';
import { crashingStorage } from '../testing/crashing-storage.js';
import { alterByte, tear } from '../testing/damage.js';
import { DAY, type Device, HOUR, makeMessages, MINUTE } from '../testing/world.js';
import { type Actor } from './actor.js';
import { attempt } from './attempt.js';
import { MARKER } from './seal-audit.js';
import { type Scene, URNS } from './scene.js';
import { sealOrPlant } from './sealing.js';

const YEAR = 365 * DAY;

/** One thing happens. */
export async function act(scene: Scene): Promise<void> {
  const { actors, dice } = scene;
  const actor = dice.any(actors);
  if (scene.isSealing && dice.chance(0.12)) return sealOrPlant(scene, actor);
  const roll = dice.roll();
  if (roll < 0.3) await write(scene, actor);
  else if (roll < 0.42) await change(scene, actor);
  else if (roll < 0.62) await attempt(scene, actor, 'sync', (device) => device.sync());
  else if (roll < 0.7) await dieInSync(scene, actor);
  else if (roll < 0.76) await sleepInSync(scene, actor);
  else if (roll < 0.79)
    await attempt(scene, actor, 'compact', (device) => device.engine().compact());
  else if (roll < 0.81) await attempt(scene, actor, 'repair', (device) => device.engine().repair());
  else if (roll < 0.84) await attempt(scene, actor, 'scroll', (device) => scroll(scene, device));
  else if (roll < 0.86) await restoreImage(scene, actor);
  else if (roll < 0.94 && scene.isDamaging) damage(scene);
  else passTime(scene);
}

function passTime({ dice, log, world }: Scene): void {
  const ms = dice.any([10 * MINUTE, 5 * HOUR, 2 * DAY, 9 * DAY, 20 * DAY]);
  log.say(`pass ${ms / HOUR} h`);
  world.pass(ms);
}

function damage({ dice, log, world: { cloud } }: Scene): void {
  const files = cloud.files().filter(({ size }) => size > 0);
  if (files.length === 0) return;
  const { path, size } = dice.any(files);
  const how = dice.any(['alter', 'tear', 'drop'] as const);
  log.say(`${how} ${path}`);
  if (how === 'alter') alterByte(cloud, path, Math.floor(dice.roll() * size));
  else if (how === 'tear') tear(cloud, path, dice.roll());
  else cloud.drop(path);
}

async function write(scene: Scene, actor: Actor): Promise<void> {
  const { dice } = scene;
  const ago = dice.any([0, 0, 0, 0, dice.roll() * 400 * DAY, dice.roll() * 5 * YEAR]);
  const base = dice.chance(0.8) ? scene.world.now : actor.device.parts.now();
  const messages = makeMessages(dice.between(1, 4), {
    at: Math.floor(base - ago),
    conversationUrn: dice.any(URNS),
    prefix: `${MARKER} s${scene.seed}-${scene.nextNumber()}`,
    senderId: `${MARKER} ann`,
  });
  await actor.device.storage.save(messages);
  await scene.note(actor, `write ${messages.length} of ${messages[0]?.sentTimestamp}`);
}

async function change(scene: Scene, actor: Actor): Promise<void> {
  const { dice } = scene;
  const { messages } = actor.seen;
  const message = messages[Math.floor(dice.roll() * messages.length)];
  if (!message) return;
  const { storage } = actor.device;
  const roll = dice.roll();
  if (roll < 0.4) await storage.save(edited(message, scene.nextNumber()));
  else if (roll < 0.7) await storage.delete(message);
  else if (roll < 0.9)
    await storage.react(message, `${MARKER} ${actor.name}`, dice.any(['👍', '❤️', null]));
  else await storage.clearConversation(message.conversationUrn, message.sentTimestamp);
  await scene.note(actor, `change ${message.id} ${roll.toFixed(2)}`);
}

function edited(message: ChatMessage & { readonly stamp?: unknown }, count: number): ChatMessage {
  const { stamp: _stamp, ...rest } = message;
  return { ...rest, payloadBytes: new TextEncoder().encode(`${MARKER} edit ${count}`) };
}

async function dieInSync(scene: Scene, actor: Actor): Promise<void> {
  const after = scene.dice.between(0, 14);
  const storage = crashingStorage(actor.device.storage, after).storage;
  const what = `sync that dies before storage write ${after + 1}`;
  await attempt(scene, actor, what, (device) => device.engine(undefined, storage).sync());
}

/** At some call of its sync the device sleeps, while another one works. */
async function sleepInSync(scene: Scene, actor: Actor): Promise<void> {
  const { actors, dice, world } = scene;
  const other = dice.any(actors);
  const at = dice.between(1, 20);
  const ms = dice.any([0, MINUTE, HOUR, 3 * DAY, 9 * DAY]);
  if (other === actor) return;
  const cloud = faultyCloud(actor.device.parts.cloud ?? world.cloud);
  let calls = 0;
  cloud.beforeCall(async () => {
    calls += 1;
    if (calls !== at) return;
    world.pass(ms);
    await attempt(scene, other, 'meanwhile sync', (device) => device.sync());
  });
  await attempt(scene, actor, `sync that sleeps ${ms / HOUR} h before call ${at}`, (device) =>
    device.engine(cloud).sync(),
  );
}

async function scroll({ dice }: Scene, device: Device): Promise<void> {
  const limit = dice.between(1, 10);
  await device.engine().loadOlder({ conversationUrn: dice.any(URNS), limit });
}

/** The disk of the device goes back to an image made before what it did since; nothing was pending. */
async function restoreImage(scene: Scene, actor: Actor): Promise<void> {
  const { records } = await actor.device.storage.pendingSummary('memory');
  // What was torn unnoticed is on this disk alone until its writer notices.
  if (records > 0 || scene.tearsSilently) return;
  // What it uploads plain while others seal is known to be its own on this disk alone.
  if (!actor.isUnlocked && scene.actors.some(({ isUnlocked }) => isUnlocked)) return;
  const image = await scene.world.clone(actor.device);
  const before = actor.seen;
  await write(scene, actor);
  await attempt(scene, actor, 'sync before its disk goes back', (device) => device.sync());
  const pending = await actor.device.storage.pendingSummary('memory');
  if (pending.records > 0) return;
  await actor.device.storage.close();
  actor.device = image;
  actor.seen = before;
  scene.log.say(`${actor.name} is an older image`);
}
