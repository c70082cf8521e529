import { mergeContents, type MessageRef, type VaultContent } from '@chat-vault/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fault } from '../testing/fake-sync-server.js';
import { seededRandom } from '../testing/random.js';
import { type TestDevice, TestWorld, URN } from '../testing/test-device.js';
import { until } from '../testing/until.js';

let world: TestWorld;
beforeEach(() => (world = new TestWorld()));
afterEach(() => world.close());

/** What is shown of a conversation, and all that is stored of its messages. */
async function shownBy({ storage, live }: TestDevice) {
  const { messages, reactions } = await storage.history({ conversationUrn: URN, limit: 5_000 });
  const pieces: VaultContent[] = [];
  for await (const piece of storage.exportAll()) pieces.push(piece);
  const { tombstones } = mergeContents(pieces);
  const [conversation] = await live.conversations();
  const { readUpTo, ...about } = conversation ?? { readUpTo: null };
  return { messages, reactions, tombstones, about, readUpTo };
}

describe('two people on three devices over a network that fails at random', () => {
  it.each([11, 12, 13])(
    'all show the same in the end (seed %i)',
    { timeout: 120_000 },
    async (seed) => {
      const random = seededRandom(seed);
      const pick = <One>(list: readonly One[]): One =>
        list[Math.floor(random() * list.length)] as One;
      const anna = await world.device('anna');
      const memberIds = ['ben'];
      await anna.live.createConversation({ conversationUrn: URN, title: 'A', memberIds });
      await anna.isSettled();
      const devices = [anna, await world.device('anna'), await world.device('ben')];
      for (const device of devices) {
        await until(async () => (await device.live.conversations()).length === 1);
      }
      let isFailing = true;
      world.server.fault = (): Fault => {
        const chance = isFailing ? random() : 1;
        return chance < 0.1 ? 'drop-request' : chance < 0.2 ? 'drop-answer' : undefined;
      };
      world.server.bytesPerStream = () => (isFailing ? Math.floor(random() * 20_000) : Infinity);
      const sent: (MessageRef & { readonly by: string })[] = [];
      for (let step = 0; step < 250; step++) {
        const device = pick(devices);
        const chance = random();
        const known = sent.length > 0 ? pick(sent) : undefined;
        const isOwn = known?.by === device.userId;
        const shown = known && (await device.storage.get(known));
        if (!shown || chance < 0.45) {
          const message = device.message(`message ${step}`);
          sent.push({ ...message, by: device.userId });
          await device.live.send(message);
        } else if (chance < 0.6 && isOwn) {
          const payloadBytes = new TextEncoder().encode(`edit ${step}`);
          await device.live.edit({ ...shown, payloadBytes });
        } else if (chance < 0.65 && isOwn) {
          await device.live.delete(shown);
        } else if (chance < 0.85) {
          await device.live.react(shown, pick(['👍', '🎉', null]));
        } else if (chance < 0.95) {
          await device.live.markRead(URN);
        } else {
          await device.live.renameConversation(URN, `title ${step}`);
        }
        if (random() < 0.05) device.setOnline(false);
        if (random() < 0.3) device.setOnline(true);
        if (random() < 0.1) world.time.advance(Math.floor(random() * 3_000));
      }
      isFailing = false;
      for (const device of devices) device.setOnline(true);
      await world.passTimeUntil(async () => {
        const rest = await Promise.all(devices.map((device) => device.isAtRest()));
        return rest.every(Boolean);
      });
      for (const device of devices) await device.live.syncNow();
      const [first, second, third] = await Promise.all(devices.map(shownBy));
      expect(second).toEqual(first);
      expect({ ...third, readUpTo: first?.readUpTo }).toEqual(first);
      expect(first?.messages.length).toBeGreaterThan(60);
      expect(first?.tombstones.length).toBeGreaterThan(0);
      expect(first?.reactions.length).toBeGreaterThan(5);
      // A reaction to what another device deleted meanwhile is refused, and nothing else.
      for (const { live } of devices) {
        for (const { reason } of await live.outgoing()) expect(reason).toBe('message-deleted');
      }
    },
  );
});
