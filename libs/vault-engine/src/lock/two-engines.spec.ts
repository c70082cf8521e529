import { describe, expect, it } from 'vitest';
import { FakeLocks } from '../testing/fake-locks.js';
import { World } from '../testing/world.js';
import { LEASE_DOCUMENT } from './stored-lease.js';

describe('two engines of one storage', () => {
  it.each([
    { name: 'in one thread', locks: () => null },
    { name: 'in two tabs', locks: () => new FakeLocks() },
  ])('$name exclude each other, so nothing is uploaded twice', async ({ locks }) => {
    const world = new World();
    // Waiting for the lock takes turns, not time: nobody is frozen here.
    const sleep = (_ms: number, signal?: AbortSignal) =>
      signal
        ? new Promise<void>((_, reject) =>
            signal.addEventListener('abort', () => reject(new Error('done'))),
          )
        : new Promise<void>((resolve) => setImmediate(resolve));
    const ann = await world.device({ locks: locks(), environment: { sleep } });
    await ann.write(3);
    const reports = await Promise.all([ann.engine().sync(), ann.engine().sync()]);
    const uploaded = reports.map(({ recordsUploaded }) => recordsUploaded);
    expect([...uploaded].sort()).toEqual([0, 3]);
    expect(world.cloud.files()).toHaveLength(1);
  });

  it('join a sync that one of them runs, when it is the same engine', async () => {
    const world = new World();
    const ann = await world.device();
    await ann.write(3);
    const engine = ann.engine();
    const [first, second] = [engine.sync(), engine.sync()];
    expect(second).toBe(first);
    expect((await first).recordsUploaded).toBe(3);
    expect(engine.sync()).not.toBe(first);
  });

  it('are harmless when they run at once anyway', async () => {
    const world = new World();
    const ann = await world.device({ options: { compactionThreshold: 2 } });
    for (let round = 0; round < 6; round++) {
      await ann.write(2, { prefix: `r${round}` });
      await Promise.all([
        ann.engine(undefined, ann.storage).sync(),
        world.clone(ann).then((twin) => twin.sync()),
      ]);
    }
    const fresh = await world.device();
    await fresh.sync();
    await fresh.engine().restoreMonth({ month: '2024-06' });
    expect(await fresh.texts()).toHaveLength(12);
  });

  it('let other work with the cloud exclude a sync, and the other way round', async () => {
    const world = new World();
    const ann = await world.device();
    await ann.write(3);
    const order: string[] = [];
    let end = () => undefined as void;
    const work = ann.engine().exclusively(async (cloud) => {
      await new Promise<void>((resolve) => (end = resolve));
      await cloud.create('chat-vault/note', new Uint8Array(1));
      order.push('work');
    });
    const syncing = ann.sync().then(() => order.push('sync'));
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(world.cloud.files()).toEqual([]);
    end();
    await Promise.all([work, syncing]);
    expect(order).toEqual(['work', 'sync']);
  });

  it('let other work write nothing more once another tab took over', async () => {
    const world = new World();
    const ann = await world.device();
    const work = ann.engine().exclusively(async (cloud) => {
      await cloud.create('chat-vault/first', new Uint8Array(1));
      await ann.storage.updateSyncState(cloud.providerId, {
        documents: { [LEASE_DOCUMENT]: { holder: 'other', at: world.now } },
      });
      await cloud.list('chat-vault');
      await cloud.create('chat-vault/second', new Uint8Array(1));
    });
    await expect(work).rejects.toMatchObject({ code: 'lock-lost' });
    expect(world.cloud.files().map(({ path }) => path)).toEqual(['chat-vault/first']);
  });
});
