import { type ChatMessage } from '@chat-vault/core';
import { expect } from 'vitest';
import { contentOf, type StorageTest } from '../conformance-target.js';
import { at, content, message, stamped, tombstone, utf8 } from '../sample-records.js';

const invalid = (field: string) =>
  expect.objectContaining({ code: 'invalid-message', details: expect.objectContaining({ field }) });

/** What a person writes. */
export function writeTests(test: StorageTest): void {
  test('gives back a message as it was saved, with a stamp of this device', async ({ storage }) => {
    const saved = message(1, { tags: ['a', 'b'], expiresAt: at(60_000) });
    await storage.save(saved);
    const { stamp, ...read } = (await storage.get(saved)) ?? {};
    expect(read).toEqual(saved);
    expect(stamp).toMatch(new RegExp(`^[0-9a-f]{12}-[0-9a-f]{4}-${storage.deviceId}$`));
  });

  test('takes an edit as a new version with a later stamp', async ({ storage, clock }) => {
    await storage.save(message(1));
    const first = await storage.get(message(1));
    clock.nowMs -= 5_000;
    await storage.save(message(1, { text: 'better' }));
    const second = await storage.get(message(1));
    expect(second?.payloadBytes).toEqual(utf8('better'));
    expect(String(second?.stamp) > String(first?.stamp)).toBe(true);
    expect((await contentOf(storage)).messages).toHaveLength(1);
  });

  test('lets the last of several versions in one call win', async ({ storage }) => {
    await storage.save([message(1, { text: 'one' }), message(1, { text: 'two' })]);
    expect((await storage.get(message(1)))?.payloadBytes).toEqual(utf8('two'));
  });

  test('keeps messages apart that share an id but not a conversation or an instant', async ({
    storage,
  }) => {
    await storage.save([
      message(1, { id: 'x' }),
      message(2, { id: 'x' }),
      message(1, { id: 'x', conversationUrn: 'urn:chat:2' }),
    ]);
    expect(await storage.recordCount()).toBe(3);
  });

  test('writes nothing when a message is saved as it is already', async ({ storage }) => {
    await storage.save([message(1), message(2, { tags: ['t'] })]);
    const before = await contentOf(storage);
    await storage.save([message(2, { tags: ['t'] }), message(1)]);
    expect(await contentOf(storage)).toEqual(before);
  });

  for (const [field, value] of [
    ['id', ''],
    ['sentTimestamp', 'yesterday'],
    ['payloadBytes', 'text'],
  ] as const) {
    test(`refuses a message whose ${field} is not valid, and writes nothing`, async ({
      storage,
    }) => {
      const wrong = { ...message(2), [field]: value } as unknown as ChatMessage;
      await expect(storage.save([message(1), wrong])).rejects.toEqual(invalid(field));
      expect(await storage.recordCount()).toBe(0);
    });
  }

  test('refuses another sender or expiry for an existing message', async ({ storage }) => {
    await storage.save(message(1));
    const others = [
      [{ senderId: 'eve' }, 'senderId'],
      [{ expiresAt: at(9) }, 'expiresAt'],
    ] as const;
    for (const [fields, field] of others) {
      const call = storage.save([message(2), message(1, fields)]);
      await expect(call).rejects.toEqual(invalid(field));
    }
    expect(await storage.get(message(2))).toBeUndefined();
  });

  test('refuses deletions, reactions and clearings that no reader would accept', async ({
    storage,
  }) => {
    const nowhere = { ...message(1), sentTimestamp: 'noon' };
    await expect(storage.delete([message(2), nowhere])).rejects.toEqual(invalid('sentTimestamp'));
    await expect(storage.react(message(1), '', '👍')).rejects.toEqual(invalid('senderId'));
    await expect(storage.react(message(1), 'me', '')).rejects.toEqual(invalid('emoji'));
    await expect(storage.clearConversation('urn:chat:1', 'noon')).rejects.toEqual(invalid('upTo'));
    await expect(storage.clearConversation('')).rejects.toEqual(invalid('conversationUrn'));
    expect(await storage.recordCount()).toBe(0);
  });

  test('deletes messages, here or not, and keeps that they are deleted', async ({ storage }) => {
    await storage.save([message(1), message(2)]);
    await storage.delete([message(1), message(9)]);
    expect(await storage.get(message(1))).toBeUndefined();
    const { messages, tombstones } = await contentOf(storage);
    expect(messages.map(({ id }) => id)).toEqual(['m2']);
    expect(tombstones.map(({ messageId }) => messageId)).toEqual(['m1', 'm9']);
  });

  test('refuses an older version of what was deleted', async ({ storage }) => {
    await storage.delete(message(1));
    await storage.apply(content({ messages: [stamped(1, -1_000)] }), { provider: 'cloud' });
    expect(await storage.get(message(1))).toBeUndefined();
  });

  test('brings a deleted message back when it is saved again', async ({ storage }) => {
    await storage.apply(content({ tombstones: [tombstone(1, 3_600_000)] }), { provider: 'cloud' });
    await storage.save(message(1));
    expect(await storage.get(message(1))).toBeDefined();
  });

  test('clears a conversation up to an instant, later messages and other conversations stay', async ({
    storage,
  }) => {
    await storage.save([1, 2, 3].map((sent) => message(sent)));
    await storage.save(message(1, { conversationUrn: 'urn:chat:2' }));
    await storage.clearConversation('urn:chat:1', at(2));
    const { messages, cleared } = await contentOf(storage);
    expect(messages.map(({ id }) => id)).toEqual(['m3', 'm1']);
    expect(cleared).toHaveLength(1);
    await storage.save(message(1, { text: 'after all' }));
    expect(await storage.get(message(1))).toBeDefined();
  });

  test('never changes its arguments, and hands out nothing of its own', async ({ storage }) => {
    const bytes = utf8('mine');
    const saved = message(1, { payloadBytes: bytes, tags: Object.freeze(['a']) });
    await storage.save(Object.freeze([Object.freeze(saved)]) as readonly ChatMessage[]);
    bytes.fill(0);
    const read = await storage.get(message(1));
    read?.payloadBytes.fill(1);
    expect((await storage.get(message(1)))?.payloadBytes).toEqual(utf8('mine'));
  });

  test('saves thousands of messages in one call', async ({ storage }) => {
    const many = Array.from({ length: 3_000 }, (_, index) => message(index * 7));
    await storage.save(many);
    expect(await storage.recordCount()).toBe(3_000);
    expect((await contentOf(storage)).messages.map(({ id }) => id)).toEqual(
      many.map(({ id }) => id),
    );
  });
}
