import { expect } from 'vitest';
import { type ChatStorage } from '../../port/chat-storage.js';
import { type StorageTest } from '../conformance-target.js';
import { at, content, message, reaction, stamped } from '../sample-records.js';

const provider = 'cloud';

const unread = async (storage: ChatStorage): Promise<readonly number[]> =>
  (await storage.conversations()).map(({ unreadCount }) => unreadCount);

/** The conversation list. */
export function conversationTests(test: StorageTest): void {
  test('lists conversations by their newest message, here or in a catalog', async ({ storage }) => {
    await storage.save([message(1), message(5, { conversationUrn: 'urn:chat:2' })]);
    const conversations = [
      { urn: 'urn:chat:3', last: at(3) },
      { urn: 'urn:chat:1', last: at(4) },
    ];
    await storage.apply(content({}), { provider, conversations });
    const list = await storage.conversations();
    expect(list.map((one) => [one.conversationUrn, one.lastActivityAt, one.messageCount])).toEqual([
      ['urn:chat:2', at(5), 1],
      ['urn:chat:1', at(4), 1],
      ['urn:chat:3', at(3), 0],
    ]);
    expect(list.map(({ lastMessage }) => lastMessage?.id)).toEqual(['m5', 'm1', undefined]);
  });

  test('shows the message before when the last is deleted, expired or cleared', async ({
    storage,
    clock,
  }) => {
    await storage.save([message(1), message(2), message(3, { expiresAt: at(1_000) }), message(4)]);
    const last = async () => (await storage.conversations())[0]?.lastMessage?.id;
    expect(await last()).toBe('m4');
    await storage.delete(message(4));
    expect(await last()).toBe('m3');
    clock.nowMs += 2_000;
    expect(await last()).toBe('m2');
    await storage.clearConversation('urn:chat:1', at(2));
    expect(await last()).toBeUndefined();
  });

  test('shows the newest version of the last message', async ({ storage }) => {
    await storage.save(message(1));
    await storage.save(message(1, { typeId: 'text/markdown' }));
    expect((await storage.conversations())[0]?.lastMessage?.typeId).toBe('text/markdown');
  });

  test('does not list a conversation of which only deletions and reactions are known', async ({
    storage,
  }) => {
    await storage.delete(message(1));
    await storage.apply(content({ reactions: [reaction(2, 1)] }), { provider });
    expect(await storage.conversations()).toEqual([]);
  });

  test('counts what others wrote above the read marker', async ({ storage }) => {
    await storage.save([message(1), message(2), message(3, { senderId: 'me' }), message(4)]);
    expect(await unread(storage)).toEqual([3]);
    await storage.markRead('urn:chat:1', at(2));
    expect(await unread(storage)).toEqual([1]);
    await storage.markRead('urn:chat:1', at(1));
    expect(await unread(storage)).toEqual([1]);
    await storage.markRead('urn:chat:1');
    expect(await unread(storage)).toEqual([0]);
    await storage.save([message(0), message(5)]);
    expect(await unread(storage)).toEqual([1]);
  });

  test('counts no message that was edited twice, deleted or has expired', async ({
    storage,
    clock,
  }) => {
    await storage.save([message(1), message(2), message(3, { expiresAt: at(1_000) })]);
    await storage.save(message(1, { text: 'edited' }));
    await storage.delete(message(2));
    expect(await unread(storage)).toEqual([2]);
    clock.nowMs += 1_000;
    expect(await unread(storage)).toEqual([1]);
  });

  test('takes what a restore brings as read, and what arrives later as unread', async ({
    storage,
  }) => {
    await storage.apply(content({ messages: [stamped(1, 1), stamped(2, 2)] }), { provider });
    const conversations = [{ urn: 'urn:chat:2', last: at(3) }];
    await storage.apply(content({}), { provider, conversations });
    expect(await unread(storage)).toEqual([0, 0]);
    await storage.apply(
      content({ messages: [stamped(0, 3), stamped(3, 3, { conversationUrn: 'urn:chat:2' })] }),
      { provider },
    );
    expect(await unread(storage)).toEqual([0, 0]);
    await storage.apply(content({ messages: [stamped(4, 4)] }), { provider });
    expect(await unread(storage)).toEqual([1, 0]);
  });

  test('counts messages by month', async ({ storage }) => {
    const day = 24 * 60 * 60 * 1_000;
    await storage.save([message(0), message(1), message(40 * day), message(-20 * day)]);
    await storage.save(message(2, { conversationUrn: 'urn:chat:2' }));
    await storage.delete(message(40 * day));
    expect(await storage.months()).toEqual([
      { month: '2023-12', messageCount: 1 },
      { month: '2024-01', messageCount: 3 },
    ]);
  });
}
