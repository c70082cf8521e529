import { mergeContents, type VaultContent } from '@chat-vault/core';
import { expect } from 'vitest';
import { type ChatStorage, type StorageChange } from '../../port/chat-storage.js';
import { type RowChange, type RowWork } from '../../port/rows.js';
import { ALL, contentOf, pendingIds, type StorageTest } from '../conformance-target.js';
import { at, content, message, reaction, stampAt, stamped, tombstone } from '../sample-records.js';

const put = (id: string, value: unknown, table = 'todo'): RowChange => ({ table, id, value });
const puts = (...changes: readonly RowChange[]): RowWork => ({ change: () => changes });
const fails: RowWork = {
  change: () => {
    throw new RangeError('not now');
  },
};

/** Every call that takes rows, writing something besides. */
const CALLS: readonly (readonly [
  name: string,
  call: (storage: ChatStorage, rows: RowWork) => Promise<unknown>,
])[] = [
  ['save', (storage, rows) => storage.save(message(2), rows)],
  ['delete', (storage, rows) => storage.delete(message(1), rows)],
  ['react', (storage, rows) => storage.react(message(1), 'me', '👍', rows)],
  ['markRead', (storage, rows) => storage.markRead('urn:chat:1', undefined, rows)],
  [
    'apply',
    (storage, rows) =>
      storage.apply(content({ messages: [stamped(3, 1)] }), {
        provider: 'cloud',
        applied: ['d1'],
        rows,
      }),
  ],
  ['writeRows', (storage, rows) => storage.writeRows(rows)],
];

/** What is kept beside the records. */
export function rowTests(test: StorageTest): void {
  test('gives rows back in the order of their ids, table by table, in pieces', async ({
    storage,
  }) => {
    await storage.writeRows(
      puts(put('b', { n: 2 }), put('a', 1), put('ä', 4), put('b!', 3), put('a', 0, 'todo2')),
    );
    const ids = async (range?: Parameters<ChatStorage['rows']>[1]) =>
      (await storage.rows('todo', range)).map(({ id }) => id);
    expect(await storage.rows('todo', { limit: 2 })).toEqual([put('a', 1), put('b', { n: 2 })]);
    expect(await ids()).toEqual(['a', 'b', 'b!', 'ä']);
    expect(await ids({ after: 'b', limit: 1 })).toEqual(['b!']);
    expect(await ids({ after: 'ä' })).toEqual([]);
    expect(await storage.rowCount('todo')).toBe(4);
    expect(await storage.rowCount('tod')).toBe(0);
    expect(await storage.row('todo', 'b')).toEqual({ n: 2 });
    expect(await storage.row('todo', 'c')).toBeUndefined();
    await storage.writeRows(puts(put('b', undefined), put('c', undefined)));
    expect(await ids()).toEqual(['a', 'b!', 'ä']);
  });

  for (const [name, call] of CALLS) {
    test(`${name} commits its rows with what it writes`, async ({ storage }) => {
      await storage.save(message(1));
      const heard: StorageChange[] = [];
      storage.changes$.subscribe((change) => heard.push(change));
      await call(storage, puts(put('a', name)));
      expect(await storage.row('todo', 'a')).toBe(name);
      expect(heard).toHaveLength(1);
      expect(heard[0]?.tables).toEqual(['todo']);
    });

    test(`${name} writes nothing when its rows throw, and rejects with that`, async ({
      storage,
    }) => {
      await storage.save(message(1));
      await storage.writeRows(puts(put('a', 'before')));
      const before = await allOf(storage);
      const heard: StorageChange[] = [];
      storage.changes$.subscribe((change) => heard.push(change));
      await expect(call(storage, fails)).rejects.toThrow(RangeError);
      const unstorable = puts(
        put('a', 'after'),
        put('b', () => 'a function cannot be stored'),
      );
      await expect(call(storage, unstorable)).rejects.toThrow();
      expect(await allOf(storage)).toEqual(before);
      expect(heard).toEqual([]);
    });
  }

  test('shows the rows that are named, as they are in the transaction', async ({ storage }) => {
    const count: RowWork = {
      reads: [{ table: 'todo', id: 'count' }],
      change: ({ row }) => [put('count', ((row('todo', 'count') ?? 0) as number) + 1)],
    };
    await Promise.all(Array.from({ length: 20 }, () => storage.writeRows(count)));
    expect(await storage.row('todo', 'count')).toBe(20);
    const unnamed: RowWork = { change: ({ row }) => [put('a', row('todo', 'count'))] };
    await expect(storage.writeRows(unnamed)).rejects.toThrow(TypeError);
  });

  test('shows what a person writes, with its stamps, in the order given', async ({ storage }) => {
    const seen: VaultContent[] = [];
    const look: RowWork = {
      change: ({ written }) => {
        seen.push(written);
        return [];
      },
    };
    await storage.save([message(3), message(1), message(2)], look);
    await storage.save([message(1), message(2, { text: 'new' })], look);
    await storage.react(message(1), 'me', '👍', look);
    await storage.delete(message(3), look);
    expect(seen[0]?.messages.map(({ id }) => id)).toEqual(['m3', 'm1', 'm2']);
    expect(seen[1]?.messages.map(({ id }) => id)).toEqual(['m2']);
    const stored = await contentOf(storage);
    expect(mergeContents(seen)).toEqual(stored);
    await storage.delete(message(3), look);
    await storage.save([], look);
    await storage.markRead('urn:chat:1', undefined, look);
    expect(mergeContents(seen.slice(4))).toEqual(content({}));
  });

  test('shows all that is merged, whether it wins or not', async ({ storage }) => {
    const newer = content({ messages: [stamped(1, 5)], reactions: [reaction(1, 1)] });
    const older = content({ messages: [stamped(1, 4, { text: 'old' })] });
    const seen: VaultContent[] = [];
    const rows: RowWork = {
      change: ({ written }) => {
        seen.push(written);
        return [];
      },
    };
    await storage.apply(newer, { provider: 'cloud', rows });
    await storage.apply(older, { rows });
    expect(seen).toEqual([newer, older]);
  });

  test('makes stamps that are greater than all before, and before all after', async ({
    storage,
    clock,
  }) => {
    await storage.save(message(1));
    const stamps: string[] = [];
    const make: RowWork = {
      change: ({ stamp, written }) => {
        stamps.push(...written.messages.map((one) => String(one.stamp)), stamp(), stamp());
        return [];
      },
    };
    stamps.push(String((await storage.get(message(1)))?.stamp));
    clock.nowMs -= 60_000;
    await storage.writeRows(make);
    await storage.save(message(2), make);
    const ahead = stampAt(3_600_000);
    await storage.writeRows({
      change: ({ observe }) => {
        observe(ahead);
        observe(stampAt(Date.UTC(2150, 0) - clock.nowMs));
        return [];
      },
    });
    stamps.push(ahead);
    await storage.writeRows(make);
    await storage.save(message(3));
    stamps.push(String((await storage.get(message(3)))?.stamp));
    expect(new Set(stamps).size).toBe(stamps.length);
    expect(stamps).toEqual(stamps.toSorted());
  });

  test('tells of tables whose rows changed, and of nothing else', async ({ storage }) => {
    await storage.save(message(1));
    const heard: StorageChange[] = [];
    storage.changes$.subscribe((change) => heard.push(change));
    const own = { fromOtherContext: false };
    await storage.save(message(2), puts(put('a', 1), put('b', 1, 'other'), put('c', 1)));
    await storage.save(message(2), puts(put('a', 2)));
    await storage.save(message(2), puts());
    await storage.writeRows(puts());
    await storage.apply(content({}), { rows: puts(put('a', 3)) });
    expect(heard).toEqual([
      {
        kind: 'local-write',
        conversationUrns: ['urn:chat:1'],
        tables: ['todo', 'other'],
        ...own,
      },
      { kind: 'bookkeeping', conversationUrns: [], tables: ['todo'], ...own },
      { kind: 'bookkeeping', conversationUrns: [], tables: ['todo'], ...own },
    ]);
  });

  test('what is merged without a cloud is sent to every cloud once, and none becomes known', async ({
    storage,
  }) => {
    await storage.updateSyncState('a', {});
    const live = content({
      messages: [stamped(1, 1), stamped(2, 1)],
      tombstones: [tombstone(3, 1)],
    });
    await storage.apply(live, { applied: ['x'], documents: { y: 1 } });
    expect(await storage.providers()).toEqual(['a']);
    for (const cloud of ['a', 'b']) {
      expect((await storage.pendingFor(cloud, ALL)).content.tombstones).toHaveLength(1);
      expect(await pendingIds(storage, cloud)).toEqual(['m1', 'm2']);
    }
    await storage.apply(content({ messages: [stamped(1, 1)] }), { provider: 'a' });
    expect(await pendingIds(storage, 'a')).toEqual(['m2']);
    await storage.confirm('a', (await storage.pendingFor('a', ALL)).through, []);
    await storage.apply(live, {});
    expect(await pendingIds(storage, 'a')).toEqual([]);
  });

  test('what people sent is unread until the person has read it, here or elsewhere', async ({
    storage,
  }) => {
    const unread = async () => (await storage.conversations())[0]?.unreadCount;
    const messages = [stamped(1, 1), stamped(2, 1), stamped(3, 1), stamped(4, 1)];
    const reads = (ms: number) => [{ conversationUrn: 'urn:chat:1', upTo: at(ms) }];
    await storage.apply(content({}), { reads: reads(9) });
    expect(await storage.conversations()).toEqual([]);
    await storage.apply(content({ messages: messages.slice(0, 2) }), {});
    expect(await unread()).toBe(2);
    await storage.apply(content({ messages: messages.slice(2) }), { reads: reads(3) });
    expect(await unread()).toBe(1);
    await storage.apply(content({}), { reads: reads(1) });
    expect(await unread()).toBe(1);
    await storage.save(message(5, { senderId: 'eve' }));
    expect(await unread()).toBe(2);
  });
}

const allOf = async (storage: ChatStorage) => ({
  records: await contentOf(storage),
  rows: await storage.rows('todo'),
  providers: await storage.providers(),
  conversations: await storage.conversations(),
  pending: await pendingIds(storage, 'cloud'),
});
