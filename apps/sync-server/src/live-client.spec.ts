import { randomUUID } from 'node:crypto';
import { memoryChatStorage } from '@chat-vault/chat-storage/testing';
import { type ChatMessage } from '@chat-vault/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveDevice, type Loss } from './testing/live-device.ts';
import { openTestDatabase, type TestDatabase } from './testing/test-databases.ts';
import { startTestWorld, type TestWorld } from './testing/test-world.ts';

/** Waits until something holds, letting time pass meanwhile when told to. */
const until = (holds: () => Promise<boolean>, pass?: () => void) =>
  vi.waitUntil(
    async () => {
      if (await holds()) return true;
      pass?.();
      return false;
    },
    { timeout: 50_000, interval: 5 },
  );

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

let database: TestDatabase;
let world: TestWorld;
let devices: LiveDevice[];
beforeAll(async () => (database = await openTestDatabase('pglite')));
afterAll(() => database.close());
beforeEach(async () => {
  world = await startTestWorld(database);
  devices = [];
});
afterEach(async () => {
  for (const device of devices) {
    await device.close();
    await device.storage.close();
  }
  await world.close();
});

async function open(name: string, more: Partial<Parameters<typeof LiveDevice.open>[0]> = {}) {
  const { timers } = world;
  const device = await LiveDevice.open({ url: () => world.server.url, name, timers, ...more });
  devices.push(device);
  return device;
}

/** Two people whom no other test knows, in one conversation, both live. */
async function twoPeople() {
  const anna = await open(`anna-${randomUUID()}`);
  const ben = await open(`ben-${randomUUID()}`);
  const urn = `urn:chat:${randomUUID()}`;
  const memberIds = [ben.userId];
  await anna.live.createConversation({ conversationUrn: urn, title: 'Garden', memberIds });
  await until(() => anna.isAtRest());
  await until(() => ben.isAtRest());
  await until(async () => (await ben.live.conversations()).length === 1);
  return { anna, ben, urn };
}

describe('the client of live sync and this server', () => {
  it('carry messages, edits, reactions and deletions, and give every device the same', async () => {
    const { anna, ben, urn } = await twoPeople();
    const [first, second] = [anna.message(urn, 'first'), anna.message(urn, 'second')];
    await anna.live.send(first);
    await anna.live.send(second);
    await until(async () => (await ben.texts(urn)).length === 2);
    await anna.live.edit({ ...first, payloadBytes: utf8('edited') });
    await ben.live.react(first, '👍');
    await anna.live.delete(second);
    await until(async () => (await ben.texts(urn)).join() === 'edited');
    const late = await open(anna.userId);
    await until(async () => (await late.texts(urn)).join() === 'edited');
    await until(() => late.isAtRest());
    await until(() => anna.isAtRest());
    await until(() => ben.isAtRest());
    const history = ({ storage }: LiveDevice) =>
      storage.history({ conversationUrn: urn, limit: 9 });
    await until(async () => (await history(anna)).reactions.length === 1);
    expect(await history(late)).toEqual(await history(anna));
    expect(await history(ben)).toEqual(await history(anna));
    expect(await late.live.conversations()).toEqual(await anna.live.conversations());
    expect(anna.snapshot).toMatchObject({ state: 'live', pending: 0, rejected: 0 });
  });

  it('carry stories, names, members and read markers', async () => {
    const { anna, ben, urn } = await twoPeople();
    const other = await open(ben.userId);
    await anna.live.send(anna.message(urn, 'hello'));
    const postedAt = new Date(world.timers.now()).toISOString();
    const about = { conversationUrn: urn, senderId: anna.userId, typeId: 'text/plain' };
    await anna.live.postStory({ id: randomUUID(), ...about, postedAt, payloadText: 'sun' });
    await anna.live.renameConversation(urn, 'Kitchen');
    await until(async () => (await ben.live.stories()).length === 1);
    await until(async () => (await ben.live.conversations())[0]?.title === 'Kitchen');
    const unread = async () => (await other.storage.conversations())[0]?.unreadCount;
    await until(async () => (await unread()) === 1);
    await ben.live.markRead(urn);
    await until(async () => (await unread()) === 0);
    await anna.live.removeMember(urn, ben.userId);
    await until(
      async () => (await ben.live.conversations()).length === 0,
      () => world.timers.advance(500),
    );
    expect(await ben.texts(urn)).toEqual(['hello']);
    await anna.live.setMember(urn, ben.userId, 'owner');
    await until(
      async () => (await ben.live.conversations()).length === 1,
      () => world.timers.advance(500),
    );
    expect((await ben.live.conversations())[0]?.members).toHaveLength(2);
  });

  it('lose nothing and repeat nothing over a network that fails at random', async () => {
    const { anna, ben, urn } = await twoPeople();
    let count = 0;
    let isFailing = true;
    const losses: readonly Loss[] = [undefined, 'before', undefined, 'after', 'after', undefined];
    const loss = (): Loss => (isFailing ? losses[count++ % losses.length] : undefined);
    anna.loss = loss;
    ben.loss = loss;
    const texts = Array.from({ length: 300 }, (_, index) => `message ${index}`);
    for (const [index, text] of texts.entries()) {
      await anna.live.send(anna.message(urn, text));
      // Longer than a stream may be silent: it is connected again, too.
      if (index % 25 === 0) world.timers.advance(31_000);
    }
    isFailing = false;
    await until(
      async () => (await ben.texts(urn)).length === texts.length && (await anna.isAtRest()),
      () => world.timers.advance(200),
    );
    expect(await ben.texts(urn)).toEqual(texts);
    expect(anna.snapshot?.rejected).toBe(0);
    expect(count).toBeGreaterThan(10);
  });

  it('show the same on all devices in the end, whatever people did at the same time', async () => {
    const { anna, ben, urn } = await twoPeople();
    const second = await open(anna.userId);
    await until(async () => (await second.live.conversations()).length === 1);
    const all = [anna, second, ben];
    let isFailing = true;
    let requests = 0;
    const losses: readonly Loss[] = ['before', undefined, 'after', undefined, undefined];
    for (const device of all) {
      device.loss = () => (isFailing ? losses[requests++ % losses.length] : undefined);
    }
    const sent: (ChatMessage & { readonly by: LiveDevice })[] = [];
    const emojis = ['👍', '🎉', null];
    // 7 and 11 have no common factor with the lists, so that everybody does everything.
    for (let step = 0; step < 150; step++) {
      const device = all[step % 3] as LiveDevice;
      const known = sent[(step * 7) % Math.max(1, sent.length)];
      const shown = known && (await device.storage.get(known));
      const kind = (step * 11) % 10;
      if (!shown || kind < 4) {
        const message = device.message(urn, `message ${step}`);
        sent.push({ ...message, by: device });
        await device.live.send(message);
      } else if (kind < 6 && known.by.userId === device.userId) {
        await device.live.edit({ ...shown, payloadBytes: utf8(`edit ${step}`) });
      } else if (kind < 7 && known.by.userId === device.userId) {
        await device.live.delete(shown);
      } else if (kind < 9) {
        await device.live.react(shown, emojis[step % emojis.length] ?? null);
      } else {
        await device.live.renameConversation(urn, `title ${step}`);
      }
      if (step % 12 === 0) world.timers.advance(31_000);
    }
    isFailing = false;
    await until(
      async () => (await Promise.all(all.map((device) => device.isAtRest()))).every(Boolean),
      () => world.timers.advance(200),
    );
    for (const device of all) await device.live.syncNow();
    const shownBy = async ({ storage, live }: LiveDevice) => ({
      history: await storage.history({ conversationUrn: urn, limit: 1_000 }),
      title: (await live.conversations())[0]?.title,
    });
    expect(await shownBy(second)).toEqual(await shownBy(anna));
    expect(await shownBy(ben)).toEqual(await shownBy(anna));
    const { history } = await shownBy(ben);
    expect(history.messages.length).toBeGreaterThan(40);
    expect(history.reactions.length).toBeGreaterThan(3);
    const refused = await Promise.all(all.map(({ live }) => live.outgoing()));
    for (const { reason } of refused.flat()) expect(reason).toBe('message-deleted');
  });

  it('begin with what was written before the app was closed, in more than one batch', async () => {
    const { anna, ben, urn } = await twoPeople();
    anna.loss = () => 'before';
    const texts = Array.from({ length: 620 }, (_, index) => `message ${index}`);
    for (const text of texts) await anna.live.send(anna.message(urn, text));
    await anna.close();
    const again = await open(anna.userId, { storage: anna.storage });
    await until(() => again.isAtRest());
    await until(async () => (await ben.texts(urn)).length === texts.length);
    expect(await ben.texts(urn)).toEqual(texts);
  });

  it('go on when the server is started anew', async () => {
    const { anna, ben, urn } = await twoPeople();
    const stopped = world;
    world = await startTestWorld(database, {}, stopped.timers);
    await stopped.close();
    await anna.live.send(anna.message(urn, 'still here'));
    await until(
      async () => (await ben.texts(urn)).length === 1,
      () => world.timers.advance(500),
    );
    expect(ben.snapshot?.error).toBeNull();
  });

  it('send what a wrong clock wrote as a new message of now', async () => {
    const { anna, ben, urn } = await twoPeople();
    await anna.close();
    const now = () => world.timers.now() + 3 * 365 * 24 * 60 * 60 * 1000;
    const storage = await memoryChatStorage({ now, ownSenderIds: [anna.userId] });
    const late = await open(anna.userId, { storage, now });
    const message = {
      ...late.message(urn, 'from the future'),
      sentTimestamp: new Date(now()).toISOString(),
    };
    await late.live.send(message);
    await until(async () => (await ben.texts(urn)).length === 1);
    const [sent] = (await ben.storage.history({ conversationUrn: urn, limit: 9 })).messages;
    expect(sent?.sentTimestamp).toBe(new Date(world.timers.now()).toISOString());
    expect(await late.texts(urn)).toEqual(['from the future']);
    expect(await late.storage.get(message)).toBeUndefined();
    await until(() => late.isAtRest());
  });
});
