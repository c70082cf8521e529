import { memoryChatStorage } from '@chat-vault/chat-storage/testing';
import { type ChatMessage, type StampedMessage } from '@chat-vault/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LiveConversation } from './live-sync.js';
import { NOON, type TestDevice, TestWorld, URN } from '../testing/test-device.js';
import { manyTurns, until } from '../testing/until.js';

const DAY = 24 * 60 * 60 * 1000;
const at = (ms: number): string => new Date(NOON + ms).toISOString();

let world: TestWorld;
beforeEach(() => (world = new TestWorld()));
afterEach(() => world.close());

async function twoPeople(): Promise<{ anna: TestDevice; ben: TestDevice }> {
  const anna = await world.device('anna');
  const ben = await world.device('ben');
  await anna.live.createConversation({ conversationUrn: URN, title: 'Garden', memberIds: ['ben'] });
  await anna.isSettled();
  await ben.isSettled();
  await until(async () => (await ben.live.conversations()).length === 1);
  return { anna, ben };
}

const titles = async ({ live }: TestDevice) =>
  (await live.conversations()).map(({ title }) => title);
const members = async ({ live }: TestDevice) =>
  (await live.conversations())[0]?.members.map(({ userId, role }) => `${userId} ${role}`);

describe('conversations', () => {
  it('shows at once what is not sent yet, and what the server said in the end', async () => {
    const anna = await world.device('anna');
    anna.setOnline(false);
    await anna.live.createConversation({ conversationUrn: URN, title: 'A', memberIds: ['ben'] });
    await anna.live.renameConversation(URN, 'B');
    await anna.live.setMember(URN, 'cleo', 'owner');
    await anna.live.removeMember(URN, 'ben');
    await anna.live.markRead(URN, at(5));
    const expected: LiveConversation = {
      conversationUrn: URN,
      title: 'B',
      createdBy: 'anna',
      members: [
        { userId: 'anna', role: 'owner' },
        { userId: 'cleo', role: 'owner' },
      ],
      readUpTo: at(5),
    };
    expect(await anna.live.conversations()).toEqual([expected]);
    anna.setOnline(true);
    await anna.isSettled();
    expect(await anna.live.conversations()).toEqual([expected]);
    const again = await world.device('anna');
    await again.isSettled();
    expect(await again.live.conversations()).toEqual([expected]);
  });

  it('has left a conversation also when the answer to that was lost', async () => {
    const { ben } = await twoPeople();
    let lost = 1;
    world.server.fault = ({ kind }) => {
      if (kind !== 'flush') return undefined;
      return lost-- > 0 ? 'drop-answer' : undefined;
    };
    await ben.live.removeMember(URN, 'ben');
    await world.passTimeUntil(async () => (await ben.live.outgoing()).length === 0);
    expect(await ben.live.conversations()).toEqual([]);
    expect(ben.snapshot.rejected).toBe(0);
  });

  it('takes back a name that the server refuses', async () => {
    const { anna, ben } = await twoPeople();
    ben.setOnline(false);
    await anna.live.removeMember(URN, 'ben');
    await anna.isSettled();
    await ben.live.renameConversation(URN, 'Mine');
    expect(await titles(ben)).toEqual(['Mine']);
    ben.setOnline(true);
    await until(() => ben.snapshot.rejected === 1);
    await ben.isSettled();
    expect(await titles(ben)).toEqual([]);
    expect(await titles(anna)).toEqual(['Garden']);
  });

  it('keeps the messages of a conversation that one is removed from, and nothing else', async () => {
    const { anna, ben } = await twoPeople();
    await anna.live.send(anna.message('hello'));
    await anna.live.postStory(story(anna));
    await until(async () => (await ben.live.stories()).length === 1);
    await anna.live.removeMember(URN, 'ben');
    await until(async () => (await ben.live.conversations()).length === 0);
    expect(await ben.texts()).toEqual(['hello']);
    expect(await ben.live.stories()).toEqual([]);
    expect(await ben.storage.rowCount('live.stories/ben')).toBe(0);
    await anna.live.send(anna.message('without Ben'));
    await anna.isSettled();
    await manyTurns();
    expect(await ben.texts()).toEqual(['hello']);
    await anna.live.setMember(URN, 'ben', 'member');
    await until(async () => (await ben.texts()).length === 2);
    expect(await members(ben)).toEqual(await members(anna));
    expect(await ben.live.stories()).toHaveLength(1);
  });

  it('counts unread the same on all devices of a person', async () => {
    const { anna, ben } = await twoPeople();
    const other = await world.device('ben');
    const unread = async ({ storage }: TestDevice) =>
      (await storage.conversations())[0]?.unreadCount;
    for (const text of ['one', 'two', 'three']) await anna.live.send(anna.message(text));
    await until(async () => (await unread(ben)) === 3 && (await unread(other)) === 3);
    await ben.live.markRead(URN);
    await until(async () => (await unread(other)) === 0);
    await anna.live.send(anna.message('four'));
    await until(async () => (await unread(ben)) === 1 && (await unread(other)) === 1);
    const late = await world.device('ben');
    await late.isSettled();
    expect(await unread(late)).toBe(1);
    expect(await unread(anna)).toBe(0);
  });

  it('tells of changes that are to be shown, and of no others', async () => {
    const { anna, ben } = await twoPeople();
    let told = 0;
    ben.live.changes$.subscribe(() => told++);
    await anna.live.renameConversation(URN, 'Kitchen');
    await until(() => told === 1);
    await anna.live.send(anna.message('hello'));
    await until(async () => (await ben.texts()).length === 1);
    expect(told).toBe(1);
    await ben.live.send(ben.message('hi'));
    await ben.isSettled();
    expect(told).toBe(3);
  });
});

const story = (device: TestDevice, postedAt = at(0)) => ({
  id: device.newId(),
  conversationUrn: URN,
  senderId: device.userId,
  typeId: 'text/plain',
  postedAt,
  payloadText: 'sun',
});

describe('stories', () => {
  it('are shown to others for 24 hours, and dropped then', async () => {
    const { anna, ben } = await twoPeople();
    await anna.live.postStory(story(anna));
    expect(await anna.live.stories()).toHaveLength(1);
    await until(async () => (await ben.live.stories(URN)).length === 1);
    expect(await ben.live.stories('urn:other')).toEqual([]);
    world.time.advance(DAY - 1);
    expect(await ben.live.stories()).toHaveLength(1);
    world.time.advance(1);
    expect(await ben.live.stories()).toEqual([]);
    world.server.breakStreams();
    await world.passTimeUntil(async () => (await ben.storage.rowCount('live.stories/ben')) === 0);
    const late = await world.device('ben');
    await late.isSettled();
    expect(await late.live.stories()).toEqual([]);
  });

  it('can be taken back, and are in no vault', async () => {
    const { anna, ben } = await twoPeople();
    const sun = story(anna);
    await anna.live.postStory(sun);
    await until(async () => (await ben.live.stories()).length === 1);
    await anna.live.deleteStory(URN, sun.id);
    expect(await anna.live.stories()).toEqual([]);
    await until(async () => (await ben.live.stories()).length === 0);
    expect(await ben.storage.recordCount()).toBe(0);
    await expect(ben.live.postStory(sun)).rejects.toMatchObject({ code: 'not-the-sender' });
  });
});

describe('accounts', () => {
  it('never sends what one person wrote as another, on the same storage', async () => {
    const { anna } = await twoPeople();
    anna.setOnline(false);
    await until(() => anna.state === 'offline');
    await anna.live.send(anna.message('by anna'));
    await anna.live.close();
    const before = world.server.requests.length;
    const ben = await world.device('ben', { storage: anna.storage });
    await ben.isSettled();
    await ben.live.send(ben.message('by ben'));
    await ben.isSettled();
    expect([...world.server.state.messages(URN).values()]).toEqual(['by ben']);
    expect(await ben.live.outgoing()).toEqual([]);
    const since = world.server.requests.slice(before).map(({ url }) => url);
    expect(since[0]).toBe('https://chat.example.org/api/sync/live');
    await ben.live.close();
    const again = await world.device('anna', { storage: anna.storage });
    await again.isSettled();
    expect(world.server.state.messages(URN).size).toBe(2);
    const senders = world.server.requests.map(({ userId, body }) => [userId, body] as const);
    for (const [userId, body] of senders) {
      if (body.includes('MESSAGE_SEND')) expect(body).toContain(`"senderId":"${userId}"`);
    }
  });
});

describe('days without a network', () => {
  it('sends what was written as of now, with what was done to it since', async () => {
    const { anna, ben } = await twoPeople();
    anna.setOnline(false);
    const [kept, edited, deleted, liked] = ['kept', 'typo', 'deleted', 'liked'].map((text) =>
      anna.message(text),
    ) as [ChatMessage, ChatMessage, ChatMessage, ChatMessage];
    for (const message of [kept, edited, deleted, liked]) await anna.live.send(message);
    await anna.live.edit({ ...edited, payloadBytes: new TextEncoder().encode('edited') });
    await anna.live.delete(deleted);
    await anna.live.react(liked, '🙂');
    await anna.live.react(kept, '🙂');
    await anna.live.react(kept, null);
    world.time.advance(3 * DAY);
    anna.setOnline(true);
    await world.passTimeUntil(async () => (await ben.texts()).length === 3);
    await anna.isSettled();
    await ben.isSettled();
    for (const device of [anna, ben]) {
      const { messages, reactions } = await device.storage.history({
        conversationUrn: URN,
        limit: 9,
      });
      expect(await device.texts()).toEqual(['kept', 'edited', 'liked']);
      for (const { sentTimestamp } of messages) {
        expect(Date.parse(sentTimestamp)).toBeGreaterThanOrEqual(NOON + 3 * DAY);
      }
      const [newest] = messages;
      expect(reactions).toMatchObject([{ messageId: newest?.id, emoji: '🙂', senderId: 'anna' }]);
    }
    expect(await anna.live.outgoing()).toEqual([]);
  });

  it('keeps the order of what was written', async () => {
    const { anna, ben } = await twoPeople();
    anna.setOnline(false);
    const texts = Array.from({ length: 30 }, (_, index) => `text ${index}`);
    for (const text of texts) await anna.live.send(anna.message(text));
    world.time.advance(2 * DAY);
    anna.setOnline(true);
    await world.passTimeUntil(async () => (await ben.texts()).length === 30);
    expect(await ben.texts()).toEqual(texts);
    await anna.isSettled();
    expect(await anna.texts()).toEqual(texts);
  });

  it('does not send for ever to a server that never agrees', async () => {
    const { anna } = await twoPeople();
    world.server.fault = ({ kind, opIds }) =>
      kind === 'flush'
        ? Response.json({
            results: opIds.map((opId) => ({
              opId,
              status: 'rejected',
              reason: 'clock-drift',
              detail: 'never',
              serverTime: at(0),
            })),
          })
        : undefined;
    await anna.live.send(anna.message('hello'));
    await until(() => anna.snapshot.rejected === 1);
    const flushes = world.server.requests.filter(({ kind }) => kind === 'flush').length;
    await manyTurns();
    expect(world.server.requests.filter(({ kind }) => kind === 'flush')).toHaveLength(flushes);
    expect(await anna.live.outgoing()).toMatchObject([{ reason: 'clock-drift' }]);
    expect(await anna.texts()).toEqual(['hello']);
  });

  it('does not send for ever to a server whose clock went back', async () => {
    const { anna } = await twoPeople();
    const refuseAll = (serverTime: string) => {
      world.server.fault = ({ kind, opIds }) =>
        kind === 'flush'
          ? Response.json({
              results: opIds.map((opId) => ({
                opId,
                status: 'rejected',
                reason: 'clock-drift',
                detail: 'never',
                serverTime,
              })),
            })
          : undefined;
    };
    refuseAll(at(0));
    await anna.live.send(anna.message('first'));
    await until(() => anna.snapshot.rejected === 1);
    refuseAll(at(-9 * DAY));
    await anna.live.send(anna.message('second'));
    await anna.live.renameConversation(URN, 'Yard');
    await until(() => anna.snapshot.rejected === 3);
    const flushes = world.server.requests.filter(({ kind }) => kind === 'flush').length;
    await manyTurns();
    expect(world.server.requests.filter(({ kind }) => kind === 'flush')).toHaveLength(flushes);
  });
});

describe('a clock that is wrong by years', () => {
  const YEARS = 5 * 365 * DAY;

  it.each([
    ['ahead', YEARS],
    ['behind', -YEARS],
  ])('%s: what was written is sent as a new message of now', async (_, off) => {
    const { anna, ben } = await twoPeople();
    await anna.live.close();
    const wrong = () => world.time.now() + off;
    const storage = await memoryChatStorage({ now: wrong, ownSenderIds: ['anna'] });
    const late = await world.device('anna', { storage, now: wrong });
    await late.isSettled();
    const message = late.message('hello');
    await late.live.send(message);
    await until(async () => (await ben.texts()).length === 1);
    await late.isSettled();
    expect(late.snapshot.rejected).toBe(0);
    expect(await late.live.outgoing()).toEqual([]);
    const [sent] = (await ben.storage.history({ conversationUrn: URN, limit: 9 })).messages;
    expect(sent?.id).not.toBe(message.id);
    expect(sent?.sentTimestamp).toBe(new Date(world.time.now()).toISOString());
    expect(await late.texts()).toEqual(['hello']);
    expect(await late.storage.get(message)).toBeUndefined();
    expect(await late.storage.get(sent as StampedMessage)).toEqual(sent);
    const pending = await late.storage.pendingFor('cloud', { records: 9, bytes: 1e6 });
    expect(pending.content.tombstones.map(({ messageId }) => messageId)).toEqual([message.id]);
    await storage.destroy();
  });

  it('sends by itself what only its stamp or a note is ahead of, in the same order', async () => {
    const { anna, ben } = await twoPeople();
    const [first, second] = [anna.message('first'), anna.message('second')];
    await anna.live.send(first);
    await anna.live.send(second);
    await until(async () => (await ben.texts()).length === 2);
    await anna.isSettled();
    await anna.live.close();
    const clock = { off: YEARS };
    const wrong = () => world.time.now() + clock.off;
    const storage = await memoryChatStorage({ now: wrong, ownSenderIds: ['anna'] });
    const late = await world.device('anna', { storage, now: wrong });
    await until(async () => (await late.texts()).length === 2);
    for (const text of ['edited', 'again', 'thrice']) {
      await late.live.edit({ ...first, payloadBytes: new TextEncoder().encode(text) });
    }
    await late.live.delete(second);
    await late.live.markRead(URN, new Date(wrong()).toISOString());
    await late.live.postStory(story(late, new Date(wrong()).toISOString()));
    await until(() => late.snapshot.rejected === 1);
    await late.isSettled();
    await until(async () => (await ben.texts()).join() === 'thrice');
    const read = world.server.state.get(`read ${URN} anna`);
    expect(read).toMatchObject({ read: { upTo: new Date(world.time.now()).toISOString() } });
    world.time.advance(1_000);
    const [refused] = await late.live.outgoing();
    expect(refused).toMatchObject({ action: 'STORY_POST' });
    await late.live.retry(String(refused?.opId));
    await until(async () => (await ben.live.stories()).length === 1);
    // The clock was set right; what the storage stamps goes on from where it was.
    clock.off = 0;
    await late.live.send(late.message('of now'));
    await until(async () => (await ben.texts()).length === 2);
    await late.isSettled();
    expect(await late.live.outgoing()).toEqual([]);
    expect(await late.texts()).toEqual(['thrice', 'of now']);
    await storage.destroy();
  });

  it('says how far it read again once the clock is right', async () => {
    const { anna, ben } = await twoPeople();
    await anna.live.close();
    const clock = { off: YEARS };
    const wrong = () => world.time.now() + clock.off;
    const storage = await memoryChatStorage({ now: wrong, ownSenderIds: ['anna'] });
    const late = await world.device('anna', { storage, now: wrong });
    await late.isSettled();
    await late.live.markRead(URN, new Date(wrong()).toISOString());
    await until(() => world.server.state.get(`read ${URN} anna`) !== undefined);
    await late.isSettled();
    clock.off = 0;
    world.time.advance(2_000);
    const message = ben.message('hello');
    await ben.live.send(message);
    await until(async () => (await late.texts()).length === 1);
    await late.live.markRead(URN);
    await late.isSettled();
    const read = world.server.state.get(`read ${URN} anna`);
    expect(read).toMatchObject({ read: { upTo: message.sentTimestamp } });
    await storage.destroy();
  });
});
