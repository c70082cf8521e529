import { mergeContents } from '@chat-vault/core';
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

const provider = 'cloud';
const NOTHING = { messagesNew: 0, messagesUpdated: 0, messagesDeleted: 0, reactionsChanged: 0 };

/** What comes from a cloud. */
export function mergeTests(test: StorageTest): void {
  test('tells what changed, and nothing when it is applied again', async ({ storage }) => {
    await storage.apply(content({ messages: [stamped(1, 1), stamped(2, 1)] }), { provider });
    const next = content({
      messages: [stamped(1, 2, { text: 'edited' }), stamped(3, 2)],
      tombstones: [tombstone(2, 2), tombstone(8, 2)],
      reactions: [reaction(1, 2)],
    });
    expect(await storage.apply(next, { provider })).toEqual({
      messagesNew: 1,
      messagesUpdated: 1,
      messagesDeleted: 1,
      reactionsChanged: 1,
    });
    const before = await contentOf(storage);
    expect(await storage.apply(next, { provider })).toEqual(NOTHING);
    expect(await contentOf(storage)).toEqual(before);
  });

  test('lets the greater stamp win, whatever comes first', async ({ storage }) => {
    const [older, newer] = [stamped(1, 1), stamped(1, 2, { text: 'newer' })];
    await storage.apply(content({ messages: [newer] }), { provider });
    expect(await storage.apply(content({ messages: [older] }), { provider })).toEqual(NOTHING);
    expect(await storage.get(message(1))).toEqual(newer);
  });

  test('lets the deletion win on equal stamps', async ({ storage }) => {
    await storage.apply(content({ tombstones: [tombstone(1, 5)] }), { provider });
    await storage.apply(content({ messages: [stamped(1, 5)] }), { provider });
    expect(await storage.get(message(1))).toBeUndefined();
  });

  test('clears across devices: messages and deletions stamped before, not after', async ({
    storage,
  }) => {
    const parts = [
      content({
        messages: [stamped(1, 1), stamped(2, 9), stamped(5, 1)],
        tombstones: [tombstone(3, 1)],
      }),
      content({ cleared: [clearing(3, 7), clearing(2, 6)] }),
      content({ messages: [stamped(0, 2)] }),
    ];
    for (const part of parts) await storage.apply(part, { provider });
    expect(await contentOf(storage)).toEqual(mergeContents(parts));
    expect((await contentOf(storage)).messages.map(({ id }) => id)).toEqual(['m2', 'm5']);
    expect(await storage.recordCount()).toBe(3);
  });

  test('follows the stamps it sees, so that a later edit here wins', async ({ storage }) => {
    const ahead = stamped(1, 60_000);
    await storage.apply(content({ messages: [ahead] }), { provider });
    await storage.save(message(1, { text: 'mine' }));
    expect(String((await storage.get(message(1)))?.stamp) > ahead.stamp).toBe(true);
  });

  test('keeps fields that it does not know', async ({ storage }) => {
    const extra = { threadId: 't1', nested: { list: [1, null] } };
    const strange = content({
      messages: [stamped(1, 1, { extra })],
      tombstones: [{ ...tombstone(2, 1), extra }],
      reactions: [{ ...reaction(1, 1), extra }],
      cleared: [{ ...clearing(-9, 1), extra }],
    });
    await storage.apply(strange, { provider });
    expect(await contentOf(storage)).toEqual(mergeContents([strange]));
  });

  test('merges thousands of messages between those that are here', async ({ storage }) => {
    const even = Array.from({ length: 1_000 }, (_, index) => stamped(index * 4, 1));
    const odd = Array.from({ length: 3_000 }, (_, index) => stamped(index * 2 + 1, 1));
    await storage.apply(content({ messages: [even[0], even[999]].flatMap((one) => one ?? []) }), {
      provider,
    });
    await storage.apply(content({ messages: odd }), { provider });
    await storage.apply(content({ messages: even }), { provider });
    const { messages } = await contentOf(storage);
    expect(messages).toEqual(mergeContents([content({ messages: [...odd, ...even] })]).messages);
    for (const one of [odd[0], odd[2_999], even[500]]) {
      expect(one && (await storage.get(one))).toEqual(one);
    }
  });

  test('commits records, applied ids, coverage and documents together', async ({ storage }) => {
    const line = { sentTimestamp: at(0), id: '' };
    await storage.apply(content({ messages: [stamped(1, 1)] }), {
      provider,
      applied: ['d1', 'd2'],
      coverage: [{ partition: '2024-01', conversationUrn: '*', coverage: { line, vaults: ['v'] } }],
      documents: { catalog: { generation: 3 } },
    });
    await storage.apply(content({}), { provider, applied: ['d2', 'd3'] });
    const state = await storage.syncState(provider);
    expect(state.applied).toEqual(['d1', 'd2', 'd3']);
    expect(state.documents).toEqual({ catalog: { generation: 3 } });
    expect(await storage.coverage(provider, '2024-01')).toEqual({ line, vaults: ['v'] });
  });

  test('writes nothing of a call that fails', async ({ storage }) => {
    const call = storage.apply(content({ messages: [stamped(1, 1)] }), {
      provider,
      applied: ['d1'],
      documents: { wrong: () => 'a function cannot be stored' },
    });
    await expect(call).rejects.toThrow();
    expect(await storage.recordCount()).toBe(0);
    expect((await storage.syncState(provider)).applied).toEqual([]);
    expect(await storage.providers()).toEqual([]);
  });

  test('does not follow a stamp from beyond the year 2100', async ({ storage, clock }) => {
    const century = Date.UTC(2150, 0) - clock.nowMs;
    await storage.apply(content({ messages: [{ ...stamped(1, 1), stamp: stampAt(century) }] }), {
      provider,
    });
    await storage.save(message(2));
    expect(String((await storage.get(message(2)))?.stamp) < stampAt(century)).toBe(true);
  });
}
