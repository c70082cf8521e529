import { type ChatMessage } from '@chat-vault/core';
import { DAY, makeMessages } from '../testing/world.js';
import { type Actor } from './actor.js';
import { type Scene, URNS } from './scene.js';
import { MARKER } from './seal-audit.js';

const YEAR = 365 * DAY;

/** The person writes, or an app imports. */
export async function write(scene: Scene, actor: Actor): Promise<void> {
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

/** The person edits, deletes, reacts, or clears a conversation. */
export async function change(scene: Scene, actor: Actor): Promise<void> {
  const { dice } = scene;
  const { messages } = actor.seen;
  const message = messages[Math.floor(dice.roll() * messages.length)];
  if (!message) return;
  const { storage } = actor.device;
  const roll = dice.roll();
  const person = `${MARKER} ${actor.name}`;
  if (roll < 0.4) await storage.save(edited(message, scene.nextNumber()));
  else if (roll < 0.7) await storage.delete(message);
  else if (roll < 0.9) await storage.react(message, person, dice.any(['👍', '❤️', null]));
  else await storage.clearConversation(message.conversationUrn, message.sentTimestamp);
  await scene.note(actor, `change ${message.id} ${roll.toFixed(2)}`);
}

function edited(message: ChatMessage & { readonly stamp?: unknown }, count: number): ChatMessage {
  const { stamp: _stamp, ...rest } = message;
  return { ...rest, payloadBytes: new TextEncoder().encode(`${MARKER} edit ${count}`) };
}
