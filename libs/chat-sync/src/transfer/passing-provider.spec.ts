import { type ChatStorage } from '@chat-vault/chat-storage';
import { beforeEach, describe, expect, it } from 'vitest';
import { openTestDevice } from '../test-devices';
import { type TransferLocks, withPassingProvider } from './passing-provider';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Locks as a browser gives them, seen by all tabs of a test. */
class Locks implements TransferLocks {
  readonly held = new Set<string>();

  async request(
    name: string,
    { ifAvailable }: { readonly ifAvailable?: boolean },
    work: (lock: unknown) => Promise<void>,
  ): Promise<void> {
    if (this.held.has(name) && ifAvailable) return work(null);
    this.held.add(name);
    try {
      await work({ name });
    } finally {
      this.held.delete(name);
    }
  }
}

describe('withPassingProvider', () => {
  let storage: ChatStorage;
  let now: number;
  const clock = { now: () => now, random: () => 0.5 };
  const know = (providerId: string) =>
    storage.updateSyncState(providerId, { documents: { isJournalled: true } });

  beforeEach(async () => {
    storage = await openTestDevice().controller.storage();
    now = Date.UTC(2026, 0, 1);
  });

  it.each([{ locks: null }, { locks: new Locks() }])(
    'forgets what became known, also when the work fails',
    async ({ locks }) => {
      const parts = { storage, clock, locks };
      expect(
        await withPassingProvider(parts, async (id) => {
          await know(id);
          return (await storage.providers()).length;
        }),
      ).toBe(1);
      expect(await storage.providers()).toEqual([]);
      const failing = withPassingProvider(parts, async (id) => {
        await know(id);
        throw new Error('no room');
      });
      await expect(failing).rejects.toThrow('no room');
      expect(await storage.providers()).toEqual([]);
    },
  );

  it('forgets what a page that died left, and not what another tab is at', async () => {
    const locks = new Locks();
    const parts = { storage, clock, locks };
    await know('memory');
    await know(`chat-sync:passing:${now.toString(36)}:dead`);
    const busy = `chat-sync:passing:${now.toString(36)}:busy`;
    await know(busy);
    locks.held.add(busy);
    await withPassingProvider(parts, async () => undefined);
    expect(await storage.providers()).toEqual([busy, 'memory']);
  });

  it('waits a day where nobody knows whether another tab is at it', async () => {
    const parts = { storage, clock, locks: null };
    const left = `chat-sync:passing:${now.toString(36)}:left`;
    await know(left);
    await withPassingProvider(parts, async () => undefined);
    expect(await storage.providers()).toEqual([left]);
    now += DAY_MS + 1;
    await withPassingProvider(parts, async () => undefined);
    expect(await storage.providers()).toEqual([]);
  });
});
