import { mergeContents } from '@chat-vault/core';
import { expect } from 'vitest';
import { type ChatStorage } from '../../port/chat-storage.js';
import { ALL, contentOf, pendingIds, type StorageTest } from '../conformance-target.js';
import { at, clearing, content, message, reaction, stamped } from '../sample-records.js';

/** Makes a provider known that has everything so far. */
async function connect(storage: ChatStorage, ...providers: readonly string[]): Promise<void> {
  for (const provider of providers) {
    const { through } = await storage.pendingSummary(provider);
    await storage.confirm(provider, through, []);
  }
}

/** What is to be backed up. */
export function journalTests(test: StorageTest): void {
  test('holds every kind of write for a provider, until it is confirmed', async ({ storage }) => {
    await connect(storage, 'a');
    await storage.save([message(1), message(2)]);
    await storage.delete(message(2));
    await storage.react(message(1), 'me', '👍');
    await storage.clearConversation('urn:chat:9', at(5));
    const { content: pending, records, more, through } = await storage.pendingFor('a', ALL);
    expect([records, more]).toEqual([4, false]);
    expect(mergeContents([pending])).toEqual(await contentOf(storage));
    expect(await storage.pendingSummary('a')).toEqual({
      records: 4,
      partitions: ['2024-01'],
      hasClearings: true,
      through,
    });
    await storage.confirm('a', through, ['d1']);
    expect((await storage.pendingFor('a', ALL)).records).toBe(0);
    expect((await storage.syncState('a')).applied).toEqual(['d1']);
  });

  test('hands out the oldest first, a later write to the same key moves it to the end', async ({
    storage,
  }) => {
    await connect(storage, 'a');
    for (const sent of [3, 1, 2]) await storage.save(message(sent));
    await storage.save(message(3, { text: 'again' }));
    expect(await pendingIds(storage, 'a')).toEqual(['m1', 'm2', 'm3']);
    const first = await storage.pendingFor('a', { records: 2, bytes: 1_000_000 });
    expect(first.content.messages.map(({ id }) => id)).toEqual(['m1', 'm2']);
    expect([first.records, first.more]).toEqual([2, true]);
    await storage.confirm('a', first.through, []);
    expect(await pendingIds(storage, 'a')).toEqual(['m3']);
  });

  test('bounds a piece by its bytes, but hands out one record at least', async ({ storage }) => {
    await connect(storage, 'a');
    await storage.save([1, 2, 3].map((sent) => message(sent, { text: 'x'.repeat(1_000) })));
    const piece = await storage.pendingFor('a', { records: 9, bytes: 2_900 });
    expect([piece.records, piece.more]).toEqual([2, true]);
    expect((await storage.pendingFor('a', { records: 9, bytes: 1 })).records).toBe(1);
  });

  test('keeps what is written between sealing and confirming', async ({ storage }) => {
    await connect(storage, 'a');
    await storage.save(message(1));
    const { through } = await storage.pendingFor('a', ALL);
    await storage.save([message(1, { text: 'meanwhile' }), message(2)]);
    await storage.confirm('a', through, []);
    expect(await pendingIds(storage, 'a')).toEqual(['m1', 'm2']);
  });

  test('keeps each provider apart, and never goes back', async ({ storage }) => {
    await connect(storage, 'a', 'b');
    await storage.save(message(1));
    const { through } = await storage.pendingFor('a', ALL);
    await storage.confirm('a', through, []);
    await storage.confirm('a', 0, []);
    expect(await pendingIds(storage, 'a')).toEqual([]);
    expect(await pendingIds(storage, 'b')).toEqual(['m1']);
  });

  test('hands what came from one provider to the others only', async ({ storage }) => {
    await connect(storage, 'a', 'b');
    await storage.apply(
      content({
        messages: [stamped(1, 1)],
        reactions: [reaction(1, 1)],
        cleared: [clearing(0, 1)],
      }),
      { provider: 'a' },
    );
    expect((await storage.pendingFor('a', ALL)).records).toBe(0);
    expect((await storage.pendingFor('b', ALL)).records).toBe(3);
  });

  test('takes back what a provider was found to hold byte for byte', async ({ storage }) => {
    await connect(storage, 'a', 'b');
    await storage.save([message(1), message(2)]);
    await storage.clearConversation('urn:chat:2', at(1));
    await storage.react(message(1), 'me', '👍');
    const { content: sent } = await storage.pendingFor('a', ALL);
    await storage.save(message(2, { text: 'newer than what the cloud has' }));
    await storage.apply(sent, { provider: 'b' });
    expect(await pendingIds(storage, 'b')).toEqual(['m2']);
    expect((await storage.pendingFor('b', ALL)).records).toBe(1);
    expect((await storage.pendingFor('a', ALL)).records).toBe(4);
  });

  test('keeps a newer version of its own pending when an older one comes', async ({ storage }) => {
    await connect(storage, 'a');
    await storage.save(message(1));
    await storage.apply(content({ messages: [stamped(1, -1)] }), { provider: 'a' });
    expect(await pendingIds(storage, 'a')).toEqual(['m1']);
  });

  test('has everything pending for a provider after journalAll', async ({ storage }) => {
    await connect(storage, 'a');
    await storage.save(message(1));
    await storage.apply(content({ messages: [stamped(2, 1)] }), { provider: 'a' });
    await storage.clearConversation('urn:chat:2', at(1));
    await connect(storage, 'a');
    await storage.journalAll('a');
    const { content: pending } = await storage.pendingFor('a', ALL);
    expect(mergeContents([pending])).toEqual(await contentOf(storage));
    await storage.apply(content({ messages: [stamped(2, 1)] }), { provider: 'a' });
    expect(await pendingIds(storage, 'a')).toEqual(['m1']);
    await storage.journalAll('a');
    expect(await pendingIds(storage, 'a')).toEqual(['m1', 'm2']);
  });

  test('takes a provider that was forgotten as one that has nothing', async ({ storage }) => {
    await connect(storage, 'a');
    await storage.apply(content({ messages: [stamped(1, 1)] }), { provider: 'a' });
    await storage.forgetProvider('a');
    expect(await storage.providers()).toEqual([]);
    await storage.updateSyncState('a', { documents: { plan: 1 } });
    expect(await pendingIds(storage, 'a')).toEqual(['m1']);
  });

  test('has thousands of changes pending in pieces that join to all of them', async ({
    storage,
  }) => {
    await connect(storage, 'a');
    const many = Array.from({ length: 2_500 }, (_, index) => message((index * 7_919) % 100_000));
    for (let start = 0; start < many.length; start += 500)
      await storage.save(many.slice(start, start + 500));
    await storage.save(message(0, { conversationUrn: 'urn:chat:2' }));
    const pieces = [];
    for (let more = true; more;) {
      const piece = await storage.pendingFor('a', { records: 600, bytes: 10_000_000 });
      pieces.push(piece.content);
      await storage.confirm('a', piece.through, []);
      more = piece.more;
    }
    expect(pieces).toHaveLength(5);
    expect(mergeContents(pieces)).toEqual(await contentOf(storage));
  });
}
