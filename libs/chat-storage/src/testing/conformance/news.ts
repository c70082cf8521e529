import { expect } from 'vitest';
import { type StorageChange } from '../../port/chat-storage.js';
import { type StorageTest } from '../conformance-target.js';
import { at, content, message, stamped } from '../sample-records.js';

/** What subscribers hear. */
export function newsTests(test: StorageTest): void {
  test('tells once of each call that changed something, after the commit', async ({ storage }) => {
    const heard: StorageChange[] = [];
    const read: Promise<number>[] = [];
    const subscription = storage.changes$.subscribe((change) => {
      heard.push(change);
      read.push(storage.recordCount());
    });
    await storage.save([message(1), message(2, { conversationUrn: 'urn:chat:2' })]);
    await storage.apply(content({ messages: [stamped(3, 1)] }), { provider: 'a', applied: ['d'] });
    await storage.apply(content({}), { provider: 'a', applied: ['e'] });
    await storage.markRead('urn:chat:1');
    await storage.updateSyncState('a', { documents: { x: 1 } });
    subscription.unsubscribe();
    const own = { fromOtherContext: false };
    expect(heard).toEqual([
      { kind: 'local-write', conversationUrns: ['urn:chat:1', 'urn:chat:2'], ...own },
      { kind: 'merge', conversationUrns: ['urn:chat:1'], ...own },
      { kind: 'bookkeeping', conversationUrns: [], ...own },
      { kind: 'bookkeeping', conversationUrns: ['urn:chat:1'], ...own },
      { kind: 'bookkeeping', conversationUrns: [], ...own },
    ]);
    expect(await Promise.all(read)).toEqual([2, 3, 3, 3, 3]);
  });

  test('is silent about calls that change nothing or fail', async ({ storage }) => {
    await storage.save(message(1));
    await storage.delete(message(2));
    const heard: StorageChange[] = [];
    storage.changes$.subscribe((change) => heard.push(change));
    await storage.save([]);
    await storage.save(message(1));
    await storage.delete(message(2));
    await storage.markRead('urn:chat:9', at(0));
    await expect(storage.save(message(1, { senderId: 'eve' }))).rejects.toThrow();
    expect(heard).toEqual([]);
  });
}
