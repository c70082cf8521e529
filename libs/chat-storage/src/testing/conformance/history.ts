import { expect } from 'vitest';
import { type ChatStorage } from '../../port/chat-storage.js';
import { type StorageTest } from '../conformance-target.js';
import { at, content, message, reaction, stamped } from '../sample-records.js';

const conversationUrn = 'urn:chat:1';

async function pages(storage: ChatStorage, limit: number): Promise<readonly string[][]> {
  const all: string[][] = [];
  for (let before: { sentTimestamp: string; id: string } | undefined; ;) {
    const page = await storage.history({ conversationUrn, limit, ...(before && { before }) });
    all.push(page.messages.map(({ id }) => id));
    before = page.messages[page.messages.length - 1];
    if (!page.hasMore || !before) return all;
  }
}

/** What a person reads. */
export function historyTests(test: StorageTest): void {
  test('pages from the newest to the oldest without repeating or skipping', async ({ storage }) => {
    const sent = Array.from({ length: 700 }, (_, index) => index * 10);
    await storage.save(sent.map((ms) => message(ms)));
    for (const limit of [1_000, 350, 50]) {
      const read = await pages(storage, limit);
      expect(read.flat()).toEqual(sent.map((ms) => `m${ms}`).reverse());
      expect(read.slice(0, -1).every(({ length }) => length === limit)).toBe(true);
    }
  });

  test('orders messages of one instant by id', async ({ storage }) => {
    await storage.save(['b', 'a', 'c'].map((id) => message(1, { id })));
    expect(await pages(storage, 2)).toEqual([['c', 'b'], ['a']]);
  });

  test('begins before a place that may hold no message', async ({ storage }) => {
    await storage.save([message(1), message(5)]);
    const before = { sentTimestamp: at(3), id: '' };
    const { messages, hasMore } = await storage.history({ conversationUrn, before, limit: 9 });
    expect(messages.map(({ id }) => id)).toEqual(['m1']);
    expect(hasMore).toBe(false);
  });

  test('is empty for a conversation that is not here', async ({ storage }) => {
    await storage.save(message(1));
    expect(await storage.history({ conversationUrn: 'urn:chat', limit: 9 })).toEqual({
      messages: [],
      reactions: [],
      hasMore: false,
    });
  });

  test('skips deleted and expired messages, also when counting what is left', async ({
    storage,
    clock,
  }) => {
    await storage.save([message(1), message(2), message(3, { expiresAt: at(1_000) }), message(4)]);
    await storage.delete([message(1), message(4)]);
    expect(await pages(storage, 9)).toEqual([['m3', 'm2']]);
    clock.nowMs += 1_000;
    const page = await storage.history({ conversationUrn, limit: 1 });
    expect(page.messages.map(({ id }) => id)).toEqual(['m2']);
    expect(page.hasMore).toBe(false);
    expect(await storage.get(message(3))).toBeUndefined();
  });

  test('brings the reactions to the messages of the page, save those taken back', async ({
    storage,
  }) => {
    await storage.save([message(1), message(2), message(3)]);
    await storage.react(message(2), 'ben', '👍');
    await storage.react(message(2), 'cleo', '🎉');
    await storage.react(message(2), 'ben', null);
    await storage.react(message(1), 'ben', '❤️');
    await storage.delete(message(1));
    const { reactions } = await storage.history({ conversationUrn, limit: 2 });
    expect(reactions.map(({ senderId, emoji }) => [senderId, emoji])).toEqual([['cleo', '🎉']]);
  });

  test('keeps a reaction that comes before its message', async ({ storage }) => {
    await storage.save(message(5));
    await storage.apply(content({ reactions: [reaction(1, 1)] }), { provider: 'cloud' });
    expect((await storage.history({ conversationUrn, limit: 9 })).reactions).toEqual([]);
    await storage.apply(content({ messages: [stamped(1, 1)] }), { provider: 'cloud' });
    const { reactions } = await storage.history({ conversationUrn, limit: 9 });
    expect(reactions).toEqual([reaction(1, 1)]);
  });
}
