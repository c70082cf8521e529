import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestDevice, TestWorld, URN } from '../testing/test-device.js';
import { until } from '../testing/until.js';

let world: TestWorld;
beforeEach(() => (world = new TestWorld()));
afterEach(() => world.close());

/** Anna with a conversation, and Ben in it, both live. */
async function twoPeople(): Promise<{ anna: TestDevice; ben: TestDevice }> {
  const anna = await world.device('anna');
  const ben = await world.device('ben');
  await anna.live.createConversation({ conversationUrn: URN, title: 'Garden', memberIds: ['ben'] });
  await anna.isSettled();
  await ben.isSettled();
  await until(async () => (await ben.live.conversations()).length === 1);
  return { anna, ben };
}

describe('openLiveSync', () => {
  it('carries a message, its edit, a reaction and its deletion to others', async () => {
    const { anna, ben } = await twoPeople();
    const message = anna.message('hello');
    await anna.live.send(message);
    expect(await anna.texts()).toEqual(['hello']);
    await until(async () => (await ben.texts()).length === 1);
    await anna.live.edit({ ...message, payloadBytes: new TextEncoder().encode('hello, Ben') });
    await until(async () => (await ben.texts())[0] === 'hello, Ben');
    await ben.live.react(message, '👍');
    const reactions = async () =>
      (await anna.storage.history({ conversationUrn: URN, limit: 9 })).reactions;
    await until(async () => (await reactions()).length === 1);
    expect((await reactions())[0]).toMatchObject({ senderId: 'ben', emoji: '👍' });
    await ben.live.react(message, null);
    await until(async () => (await reactions()).length === 0);
    await anna.live.delete(message);
    await until(async () => (await ben.texts()).length === 0);
    await anna.isSettled();
    expect(await anna.live.outgoing()).toEqual([]);
    expect(anna.snapshot).toEqual({
      state: 'live',
      pending: 0,
      rejected: 0,
      error: null,
      retryAt: null,
      userId: 'anna',
    });
  });
});
