import { type ChatStorage } from '@chat-vault/chat-storage';
import { memoryChatStorage } from '@chat-vault/chat-storage/testing';
import { type ChatMessage } from '@chat-vault/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestDevice, TestWorld, URN } from '../testing/test-device.js';
import { until } from '../testing/until.js';

const DAY = 24 * 60 * 60 * 1000;

let world: TestWorld;
beforeEach(() => (world = new TestWorld()));
afterEach(() => world.close());

/** A storage on which something is done once right after a message was read, as another tab may. */
async function storageWith(after: {
  id?: string;
  act?: () => Promise<void>;
}): Promise<ChatStorage> {
  const storage = await memoryChatStorage({ now: world.time.now, ownSenderIds: ['anna'] });
  return new Proxy(storage, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'get') return typeof value === 'function' ? value.bind(target) : value;
      return async (...given: Parameters<ChatStorage['get']>) => {
        const found = await target.get(...given);
        const { act } = after;
        if (act && given[0].id === after.id) {
          delete after.act;
          await act();
        }
        return found;
      };
    },
  });
}

/** What the person does with a message that is late while it is being renewed; what others have in the end. */
async function meanwhile(
  act: (anna: TestDevice, message: ChatMessage) => Promise<void>,
): Promise<{ readonly anna: TestDevice; readonly ben: TestDevice }> {
  const after: { id?: string; act?: () => Promise<void> } = {};
  const anna = await world.device('anna', { storage: await storageWith(after) });
  const ben = await world.device('ben');
  await anna.live.createConversation({ conversationUrn: URN, title: 'Garden', memberIds: ['ben'] });
  await anna.isSettled();
  await until(async () => (await ben.live.conversations()).length === 1);
  anna.setOnline(false);
  const [first, second] = [anna.message('first'), anna.message('second')];
  await anna.live.send(first);
  await anna.live.send(second);
  world.time.advance(2 * DAY);
  Object.assign(after, { id: first.id, act: () => act(anna, first) });
  anna.setOnline(true);
  await world.passTimeUntil(async () => (await ben.texts()).includes('second'));
  await anna.isSettled();
  await ben.isSettled();
  expect(after.act).toBeUndefined();
  return { anna, ben };
}

describe('what is done with a late message at the moment when it is renewed', () => {
  it('a deletion: it is not sent', async () => {
    const { anna, ben } = await meanwhile((device, message) => device.live.delete(message));
    expect(await anna.texts()).toEqual(['second']);
    expect(await ben.texts()).toEqual(['second']);
    expect(await anna.live.outgoing()).toEqual([]);
    await anna.storage.destroy();
  });

  it('an edit: it is sent edited, once', async () => {
    const { anna, ben } = await meanwhile((device, message) =>
      device.live.edit({ ...message, payloadBytes: new TextEncoder().encode('edited') }),
    );
    expect(await anna.texts()).toEqual(['edited', 'second']);
    expect(await ben.texts()).toEqual(['edited', 'second']);
    expect(await anna.live.outgoing()).toEqual([]);
    await anna.storage.destroy();
  });

  it('a reaction: it goes along', async () => {
    const { anna, ben } = await meanwhile((device, message) => device.live.react(message, '🙂'));
    expect(await anna.live.outgoing()).toEqual([]);
    const { messages, reactions } = await ben.storage.history({ conversationUrn: URN, limit: 9 });
    expect(reactions).toMatchObject([{ messageId: messages[1]?.id, emoji: '🙂' }]);
    await anna.storage.destroy();
  });
});

describe('what is done with a late message once it is renewed, by who does not know it yet', () => {
  async function renewed(): Promise<{
    readonly anna: TestDevice;
    readonly ben: TestDevice;
    readonly old: ChatMessage;
  }> {
    const anna = await world.device('anna');
    const ben = await world.device('ben');
    await anna.live.createConversation({ conversationUrn: URN, title: null, memberIds: ['ben'] });
    await anna.isSettled();
    anna.setOnline(false);
    const old = anna.message('first');
    await anna.live.send(old);
    world.time.advance(2 * DAY);
    anna.setOnline(true);
    await world.passTimeUntil(async () => (await ben.texts()).length === 1);
    await anna.isSettled();
    return { anna, ben, old };
  }

  it('is done with the message in its place', async () => {
    const { anna, ben, old } = await renewed();
    await anna.live.edit({ ...old, payloadBytes: new TextEncoder().encode('edited') });
    await anna.live.react(old, '🙂');
    await anna.isSettled();
    await until(async () => (await ben.texts()).join() === 'edited');
    expect(await anna.texts()).toEqual(['edited']);
    for (const { storage } of [anna, ben]) {
      const { reactions } = await storage.history({ conversationUrn: URN, limit: 9 });
      expect(reactions).toMatchObject([{ emoji: '🙂', senderId: 'anna' }]);
    }
    await anna.live.delete(old);
    await anna.isSettled();
    await until(async () => (await ben.texts()).length === 0);
    expect(await anna.texts()).toEqual([]);
    expect(await anna.live.outgoing()).toEqual([]);
  });
});
