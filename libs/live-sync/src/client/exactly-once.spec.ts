import { type ChatStorage } from '@chat-vault/chat-storage';
import { memoryChatStorage } from '@chat-vault/chat-storage/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fault } from '../testing/fake-sync-server.js';
import { seededRandom } from '../testing/random.js';
import { type TestDevice, TestWorld, URN } from '../testing/test-device.js';
import { until } from '../testing/until.js';

let world: TestWorld;
beforeEach(() => (world = new TestWorld()));
afterEach(() => world.close());

describe('over a network that fails at random', () => {
  it.each([1, 2])(
    'a thousand messages arrive once in effect, whatever is lost (seed %i)',
    { timeout: 120_000 },
    async (seed) => {
      const random = seededRandom(seed);
      const anna = await world.device('anna');
      await anna.live.createConversation({ conversationUrn: URN, title: null, memberIds: ['ben'] });
      await anna.isSettled();
      const ben = await world.device('ben');
      let isFailing = true;
      world.server.fault = (): Fault => {
        const chance = isFailing ? random() : 1;
        return chance < 0.15 ? 'drop-request' : chance < 0.3 ? 'drop-answer' : undefined;
      };
      world.server.chunk = 40;
      world.server.bytesPerStream = () => (isFailing ? Math.floor(random() * 40_000) : Infinity);
      const sent: string[] = [];
      for (let index = 0; index < 1_000; index++) {
        const text = `message ${index}`;
        sent.push(text);
        await anna.live.send(anna.message(text));
        if (random() < 0.02) world.server.breakStreams();
        if (random() < 0.05) world.time.advance(Math.floor(random() * 5_000));
      }
      for (let breaks = 0; breaks < 10; breaks++) {
        world.server.breakStreams();
        await world.passTimeUntil(() => world.server.streams > 0);
      }
      isFailing = false;
      await world.passTimeUntil(
        async () =>
          (await anna.isAtRest()) && (await ben.texts()).length === 1_000 && ben.state === 'live',
      );
      expect([...world.server.state.messages(URN).values()].toSorted()).toEqual(sent.toSorted());
      expect(await ben.texts()).toEqual(sent);
      expect(await anna.texts()).toEqual(sent);
      const { snapshots } = anna;
      expect(anna.snapshot).toMatchObject({ rejected: 0, pending: 0 });
      expect(snapshots.some(({ state }) => state === 'connection-error')).toBe(true);
      expect([...world.server.state.answered.values()].some((times) => times > 1)).toBe(true);
    },
  );
});

describe('a storage that fails', () => {
  /** A storage of which merges fail when a test says so. */
  async function failingStorage(userId: string) {
    const inner = await memoryChatStorage({ now: world.time.now, ownSenderIds: [userId] });
    const fails: { with: Error | undefined; isOfRows?: boolean } = { with: undefined };
    const storage = new Proxy(inner, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (name === 'apply') {
          return async (...args: Parameters<ChatStorage['apply']>) => {
            const [content, source] = args;
            const error = fails.with;
            if (!error) return target.apply(content, source);
            // In the middle of the transaction, after the records were written.
            const rows = {
              ...source.rows,
              change: () => {
                throw error;
              },
            };
            return target.apply(content, { ...source, rows });
          };
        }
        if (name === 'writeRows' && fails.isOfRows && fails.with) {
          const error = fails.with;
          const change = () => {
            throw error;
          };
          return () => target.writeRows({ change });
        }
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    return { storage, inner, fails };
  }

  it('leaves the cursor where it was when a chunk is not committed, and goes on from there', async () => {
    const { storage, inner, fails } = await failingStorage('ben');
    const anna = await world.device('anna');
    await anna.live.createConversation({ conversationUrn: URN, title: null, memberIds: ['ben'] });
    await anna.isSettled();
    const ben: TestDevice = await world.device('ben', { storage });
    await ben.isSettled();
    const before = await inner.rows('live.state/ben');
    fails.with = new DOMException('The disk is full', 'QuotaExceededError');
    await anna.live.send(anna.message('hello'));
    await until(() => ben.state === 'sync-error');
    expect(ben.snapshot.error).toMatchObject({
      code: 'storage',
      details: { code: 'storage-full' },
    });
    expect(ben.snapshot.retryAt).not.toBeNull();
    expect(await inner.rows('live.state/ben')).toEqual(before);
    expect(await inner.recordCount()).toBe(0);
    expect(world.server.streams).toBe(1);
    fails.with = undefined;
    await world.passTimeUntil(() => ben.state === 'live');
    expect(await ben.texts()).toEqual(['hello']);
    expect(await inner.rows('live.state/ben')).not.toEqual(before);
    await ben.live.close();
    await inner.destroy();
  });

  it('sends again what was taken, when that could not be written here', async () => {
    const { storage, inner, fails } = await failingStorage('anna');
    const anna = await world.device('anna', { storage });
    await anna.live.createConversation({ conversationUrn: URN, title: null, memberIds: [] });
    await anna.isSettled();
    fails.with = new DOMException('The disk is full', 'QuotaExceededError');
    fails.isOfRows = true;
    await anna.live.send(anna.message('hello'));
    await until(() => anna.state === 'sync-error');
    expect(world.server.state.messages(URN).size).toBe(1);
    expect(await anna.live.outgoing()).toMatchObject([{ state: 'pending' }]);
    fails.with = undefined;
    await world.passTimeUntil(() => anna.isAtRest());
    expect(await anna.live.outgoing()).toEqual([]);
    expect(await anna.texts()).toEqual(['hello']);
    expect([...world.server.state.answered.values()]).toEqual([1, 2]);
    await anna.live.close();
    await inner.destroy();
  });

  it('says so when the storage was closed, and does not end by that', async () => {
    const { storage, inner } = await failingStorage('ben');
    const ben = await world.device('ben', { storage });
    await ben.isSettled();
    await inner.close();
    world.server.breakStreams();
    await world.passTimeUntil(() => ben.state === 'sync-error');
    expect(ben.snapshot.error).toMatchObject({ details: { code: 'storage-closed' } });
    await ben.live.close();
  });
});
