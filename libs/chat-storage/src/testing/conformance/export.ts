import { mergeContents, partitionOf } from '@chat-vault/core';
import { expect } from 'vitest';
import { contentOf, type StorageTest } from '../conformance-target.js';
import {
  at,
  clearing,
  content,
  message,
  reaction,
  stampAt,
  stamped,
  tombstone,
} from '../sample-records.js';

const DAY = 24 * 60 * 60 * 1_000;

/** Everything, as an engine reads it. */
export function exportTests(test: StorageTest): void {
  test('gives everything in bounded pieces, in the order of the keys', async ({ storage }) => {
    const messages = Array.from({ length: 4_000 }, (_, index) =>
      message(index, { conversationUrn: `urn:chat:${index % 3}` }),
    );
    await storage.save(messages);
    await storage.clearConversation('urn:chat:7', at(0));
    const keys: string[] = [];
    let pieces = 0;
    for await (const piece of storage.exportAll()) {
      pieces++;
      expect(piece.messages.length).toBeLessThanOrEqual(2_048);
      keys.push(...piece.messages.map((one) => `${one.conversationUrn} ${one.sentTimestamp}`));
    }
    expect(pieces).toBeGreaterThan(2);
    expect(keys).toHaveLength(4_000);
    expect(keys).toEqual([...keys].sort());
  });

  test('gives one month of every conversation, without clearings', async ({ storage }) => {
    const days = Array.from({ length: 90 }, (_, index) => index - 45);
    const all = content({
      messages: days.flatMap((day) =>
        ['urn:chat:1', 'urn:chat:2'].map((conversationUrn) =>
          stamped(day * DAY, day * DAY, { conversationUrn }),
        ),
      ),
      tombstones: [tombstone(-20 * DAY + 1, 1)],
      reactions: [reaction(20 * DAY, 1)],
      cleared: [clearing(-100 * DAY, 1)],
    });
    await storage.apply(all, { provider: 'cloud' });
    for (const partition of ['2023-12', '2024-01', '2024-02', '2020-01']) {
      const isInMonth = (record: { sentTimestamp: string }) =>
        partitionOf(record.sentTimestamp) === partition;
      const expected = content({
        messages: all.messages.filter(isInMonth),
        tombstones: all.tombstones.filter(isInMonth),
        reactions: all.reactions.filter(isInMonth),
      });
      expect(await contentOf(storage, partition)).toEqual(mergeContents([expected]));
    }
  });

  test('ends a month of thousands of messages where the next one begins', async ({ storage }) => {
    const messages = Array.from({ length: 2_500 }, (_, index) =>
      message((index - 960) * 60_000 + 16.5 * DAY),
    );
    await storage.apply(
      content({ messages: messages.map((one) => ({ ...one, stamp: stampAt(0) })) }),
      { provider: 'cloud' },
    );
    for (const partition of ['2024-01', '2024-02']) {
      const exported = await contentOf(storage, partition);
      expect(exported.messages.map(({ id }) => id)).toEqual(
        messages
          .filter(({ sentTimestamp }) => partitionOf(sentTimestamp) === partition)
          .map(({ id }) => id),
      );
    }
  });

  test('misses nothing that was there when it began, and repeats nothing, while others write', async ({
    storage,
  }) => {
    await storage.save(Array.from({ length: 3_000 }, (_, index) => message(index * 10)));
    const ids: string[] = [];
    let round = 0;
    for await (const piece of storage.exportAll()) {
      ids.push(...piece.messages.map(({ id }) => id));
      const start = 10_000 * round++;
      await storage.save(
        Array.from({ length: 900 }, (_, index) => message(start + index * 10 + 5)),
      );
      await storage.save(message(-round));
    }
    expect(new Set(ids).size).toBe(ids.length);
    const old = ids.filter((id) => /^m\d*0$/.test(id));
    expect(old).toHaveLength(3_000);
  });

  test('may be left before its end', async ({ storage }) => {
    await storage.save(Array.from({ length: 3_000 }, (_, index) => message(index)));
    for await (const piece of storage.exportAll()) {
      expect(piece.messages.length).toBeGreaterThan(0);
      break;
    }
    await storage.save(message(-1));
    expect(await storage.recordCount()).toBe(3_001);
  });
}
