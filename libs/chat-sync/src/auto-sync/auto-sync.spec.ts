import { TestBed } from '@angular/core/testing';
import { StorageError } from '@chat-vault/chat-storage';
import { CloudError } from '@chat-vault/cloud-storage';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { ChatVaultEngine, type RunOptions, type SyncReport } from '@chat-vault/vault-engine';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ChatSyncTestingController, provideChatSyncTesting } from '../../testing/src/index';
import { TEST_BENCH } from '../../testing/src/chat-sync-testing-controller';
import { ChatHistory } from '../history/chat-history';
import { withAutoSync } from '../provide/with-auto-sync';
import { CHAT_SYNC_CLOCK } from '../page/chat-sync-clock';
import { withCloud } from '../provide/with-cloud';
import { StorageAccess } from '../storage/storage-access';
import { ChatSyncService } from '../sync/chat-sync-service';
import { ENGINE_FACTORY, type EngineFactory } from '../sync/engine-factory';
import { messageAt } from '../test-messages';
import { type AutoSyncOptions } from './auto-sync-options';

const MINUTE_MS = 60_000;

const setUp = (options: AutoSyncOptions = {}, isConnected = true) => {
  const providers = [provideChatSyncTesting({ isConnected }, withAutoSync(options))];
  TestBed.configureTestingModule({ providers });
  const controller = TestBed.inject(ChatSyncTestingController);
  return {
    controller,
    chatSync: TestBed.inject(ChatSyncService),
    history: TestBed.inject(ChatHistory),
    /** Listings of deltas so far: each sync makes one, and repeats it when it fails. */
    syncs: () => controller.cloud.requests.filter(({ path }) => path.endsWith('/deltas')).length,
  };
};

/** Counts the calls of the engine's `sync`; the first one ends with `atEnd`, after its backup. `joined` resolves when a second call joins it. */
const countSyncs = (atEnd: (joined: Promise<void>) => Promise<unknown>) => {
  let calls = 0;
  const createEngine: EngineFactory = (parts) => {
    const engine = new ChatVaultEngine(parts);
    const sync = engine.sync.bind(engine);
    let join = (): void => undefined;
    const joined = new Promise<void>((resolve) => (join = resolve));
    const syncSlowly = async (run: RunOptions) => {
      const report = await sync(run);
      await atEnd(joined);
      first = null;
      return report;
    };
    let first: Promise<SyncReport> | null = null;
    engine.sync = (run = {}) => {
      calls += 1;
      if (calls === 1) first = syncSlowly(run);
      else join();
      return first ?? sync(run);
    };
    return engine;
  };
  TestBed.overrideProvider(ENGINE_FACTORY, { useValue: createEngine });
  return () => calls;
};

const setHidden = (hidden: boolean) => {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(hidden);
  document.dispatchEvent(new Event('visibilitychange'));
};

afterEach(() => vi.restoreAllMocks());

describe('withAutoSync', () => {
  it('syncs after the first paint, then on its interval', async () => {
    const { controller, syncs } = setUp({ everyMs: MINUTE_MS });
    expect(syncs()).toBe(0);
    await controller.settle();
    expect(syncs()).toBe(1);
    await controller.advance(3.5 * MINUTE_MS);
    expect(syncs()).toBe(4);
  });

  it('does nothing while no cloud is connected, and syncs one as soon as it is', async () => {
    const { controller, chatSync, syncs } = setUp({}, false);
    await controller.advance(10 * MINUTE_MS);
    expect(syncs()).toBe(0);
    await chatSync.connect('memory');
    await controller.settle();
    expect(syncs()).toBe(1);
  });

  it('takes to each cloud what another one brought', async () => {
    const second = memoryCloud({ providerId: 'second' });
    const features = [withAutoSync({ everyMs: 0 }), withCloud(() => second)];
    TestBed.configureTestingModule({ providers: [provideChatSyncTesting({}, ...features)] });
    const controller = TestBed.inject(ChatSyncTestingController);
    const other = await controller.secondDevice();
    await other.storage.save(messageAt(0));
    const engine = new ChatVaultEngine({ storage: other.storage, cloud: second, locks: null });
    await engine.sync();
    await TestBed.inject(ChatSyncService).connect('second');
    await controller.settle();
    expect(controller.cloud.files('chat-vault/deltas')).toHaveLength(1);
    expect(TestBed.inject(ChatSyncService).pendingChanges()).toBe(0);
  });

  it('goes on by its interval when the storage fails between two syncs', async () => {
    const second = memoryCloud({ providerId: 'second' });
    const features = [withAutoSync({ everyMs: MINUTE_MS }), withCloud(() => second)];
    TestBed.configureTestingModule({ providers: [provideChatSyncTesting({}, ...features)] });
    const controller = TestBed.inject(ChatSyncTestingController);
    const chatSync = TestBed.inject(ChatSyncService);
    await chatSync.connect('second');
    await controller.settle();
    const storage = TestBed.inject(StorageAccess);
    const open = storage.open.bind(storage);
    const failing = vi.spyOn(storage, 'open').mockImplementation(async () => {
      if (chatSync.isSyncing()) return open();
      throw new StorageError('storage-closed', 'the storage was closed');
    });
    const lastSyncedAt = chatSync.lastSyncedAt();
    await controller.advance(MINUTE_MS);
    expect(chatSync.lastSyncedAt()).not.toEqual(lastSyncedAt);
    failing.mockRestore();
    const before = chatSync.lastSyncedAt();
    await controller.advance(MINUTE_MS);
    expect(chatSync.lastSyncedAt()).not.toEqual(before);
  });

  it('backs up once writes have been quiet for a while', async () => {
    const { controller, chatSync, history, syncs } = setUp({ everyMs: 0, afterWriteMs: 1_000 });
    await controller.settle();
    for (const index of [0, 1, 2]) {
      await history.save(messageAt(index));
      await controller.advance(900);
    }
    expect(syncs()).toBe(1);
    await controller.advance(100);
    expect(syncs()).toBe(2);
    expect(chatSync.pendingChanges()).toBe(0);
  });

  it('does not wait for ever while writes go on', async () => {
    const { controller, history, syncs } = setUp({ everyMs: 0, afterWriteMs: 1_000 });
    await controller.settle();
    for (let index = 0; index < 12; index += 1) {
      await history.save(messageAt(index));
      await controller.advance(900);
    }
    expect(syncs()).toBe(2);
  });

  it('backs up at once what is waiting when the page is hidden', async () => {
    const { controller, chatSync, history } = setUp({ everyMs: 0 });
    await controller.settle();
    await history.save(messageAt(0));
    await controller.settle();
    expect(chatSync.pendingChanges()).toBe(1);
    setHidden(true);
    await controller.settle();
    expect(chatSync.pendingChanges()).toBe(0);
  });

  describe('when a sync is under way', () => {
    const save = () => TestBed.inject(ChatHistory).save(messageAt(0));
    const setUpUnconnected = async () => {
      const bench = setUp({ everyMs: 0, afterWriteMs: 0 }, false);
      await bench.controller.settle();
      return bench;
    };

    it.each([
      { title: 'takes that of a person for its own', work: () => Promise.resolve(), calls: 2 },
      { title: 'syncs again when that of a person missed a write', work: save, calls: 3 },
    ])('$title', async ({ work, calls }) => {
      const syncs = countSyncs(async (joined) => {
        await work();
        await joined;
      });
      const { controller, chatSync } = await setUpUnconnected();
      await chatSync.syncMessages('memory');
      await controller.settle();
      expect(syncs()).toBe(calls);
      expect(chatSync.pendingChanges()).toBe(0);
    });

    it.each([
      {
        title: 'does not repeat it when the page is seen',
        work: () => Promise.resolve(),
        calls: 1,
      },
      { title: 'repeats it when it missed a write', work: save, calls: 2 },
    ])('$title', async ({ work, calls }) => {
      const syncs = countSyncs(async () => {
        await work();
        setHidden(false);
      });
      const { controller, chatSync } = await setUpUnconnected();
      await chatSync.connect('memory');
      await controller.settle();
      expect(syncs()).toBe(calls);
      expect(chatSync.pendingChanges()).toBe(0);
    });
  });

  it('rests while the page is hidden and catches up when it is seen', async () => {
    const { controller, syncs } = setUp({ everyMs: MINUTE_MS });
    await controller.settle();
    setHidden(true);
    await controller.advance(10 * MINUTE_MS);
    expect(syncs()).toBe(1);
    setHidden(false);
    await controller.settle();
    expect(syncs()).toBe(2);
    setHidden(false);
    await controller.settle();
    expect(syncs()).toBe(2);
  });

  it('tries ever less often while the cloud fails, and at once when the network is back', async () => {
    const { controller, chatSync } = setUp({ everyMs: MINUTE_MS });
    const run = vi.spyOn(chatSync, 'syncMessages');
    controller.failNext('any', 'offline', 10_000);
    await controller.advance(60 * MINUTE_MS);
    expect(chatSync.status().state).toBe('connection-error');
    expect(run.mock.calls.length).toBeGreaterThan(5);
    expect(run.mock.calls.length).toBeLessThan(20);
    controller.heal();
    window.dispatchEvent(new Event('online'));
    await controller.settle();
    expect(chatSync.status().state).toBe('idle');
  });

  describe('while the browser has no network', () => {
    const setUpOffline = async (options: AutoSyncOptions) => {
      const bench = setUp(options);
      await bench.controller.settle();
      const onLine = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
      bench.controller.failNext('any', 'offline', 1e9);
      const run = vi.spyOn(bench.chatSync, 'syncMessages');
      return { ...bench, onLine, run };
    };

    it('asks once, not again for a write, a look or the interval, and goes on when it is back', async () => {
      const { controller, chatSync, history, onLine, run } = await setUpOffline({});
      await controller.advance(6 * MINUTE_MS);
      expect(chatSync.status().state).toBe('offline');
      await history.save(messageAt(0));
      await controller.advance(60 * MINUTE_MS);
      setHidden(false);
      await controller.advance(24 * 60 * MINUTE_MS);
      expect(run).toHaveBeenCalledTimes(1);
      controller.heal();
      onLine.mockReturnValue(true);
      window.dispatchEvent(new Event('online'));
      await controller.settle();
      expect(chatSync.status().state).toBe('idle');
      expect(chatSync.pendingChanges()).toBe(0);
    });

    it('does not wake for nothing', async () => {
      const { controller, history, run } = await setUpOffline({ everyMs: 0 });
      await history.save(messageAt(0));
      await controller.advance(MINUTE_MS);
      expect(run).toHaveBeenCalledTimes(1);
      const after = vi.spyOn(TestBed.inject(CHAT_SYNC_CLOCK), 'after');
      await controller.advance(24 * 60 * MINUTE_MS);
      expect(after.mock.calls.length).toBeLessThanOrEqual(1);
    });

    it('syncs a cloud that needs no network all the same', async () => {
      const { controller, chatSync, history } = await setUpOffline({});
      controller.heal();
      await history.save(messageAt(0));
      await controller.advance(MINUTE_MS);
      expect(chatSync.pendingChanges()).toBe(0);
    });

    it('goes on by its interval where the network coming back starts nothing', async () => {
      const { controller, chatSync, onLine } = await setUpOffline({ onReconnect: false });
      await controller.advance(60 * MINUTE_MS);
      controller.heal();
      onLine.mockReturnValue(true);
      await controller.advance(30 * MINUTE_MS);
      expect(chatSync.status().state).toBe('idle');
    });

    it('goes on by itself when the browser forgets to say that it is back', async () => {
      const { controller, chatSync, onLine } = await setUpOffline({});
      await controller.advance(60 * MINUTE_MS);
      controller.heal();
      onLine.mockReturnValue(true);
      await controller.advance(30 * MINUTE_MS);
      expect(chatSync.status().state).toBe('idle');
    });
  });

  it('asks nothing while the page is hidden, also when the cloud fails', async () => {
    const { controller, history, syncs } = setUp({ everyMs: MINUTE_MS });
    await controller.settle();
    controller.failNext('any', 'unavailable', 1e9);
    await controller.advance(2 * MINUTE_MS);
    setHidden(true);
    await controller.settle();
    const before = syncs();
    const run = vi.spyOn(TestBed.inject(ChatSyncService), 'syncMessages');
    await controller.advance(24 * 60 * MINUTE_MS);
    expect(run).not.toHaveBeenCalled();
    expect(syncs()).toBe(before);
    controller.heal();
    await history.save(messageAt(0));
    setHidden(false);
    await controller.advance(2 * MINUTE_MS);
    expect(TestBed.inject(ChatSyncService).pendingChanges()).toBe(0);
  });

  it.each([
    ['unavailable', 30],
    ['rate-limited', 30],
    ['offline', 80],
  ] as const)(
    'sends few requests in an hour in which the cloud is %s, however much is written: at most %i',
    async (code, most) => {
      const { controller, history } = setUp();
      await controller.settle();
      const { cloud } = TestBed.inject(TEST_BENCH);
      const list = vi.spyOn(cloud, 'list');
      const create = vi.spyOn(cloud, 'create');
      controller.failNext('any', code, 1e9);
      for (let minute = 0; minute < 60; minute += 1) {
        await history.save(messageAt(minute));
        await controller.advance(MINUTE_MS);
      }
      expect(create).not.toHaveBeenCalled();
      expect(list.mock.calls.length).toBeGreaterThan(2);
      expect(list.mock.calls.length).toBeLessThanOrEqual(most);
    },
  );

  it('leaves a sign-in to the person, and goes on once connected again', async () => {
    const { controller, chatSync, history } = setUp({ everyMs: 0 });
    const run = vi.spyOn(chatSync, 'syncMessages');
    controller.failNext('any', 'unauthorized', 10_000);
    await controller.advance(60 * MINUTE_MS);
    await history.save(messageAt(0));
    await controller.advance(60 * MINUTE_MS);
    expect(chatSync.status().state).toBe('auth-error');
    expect(run).toHaveBeenCalledTimes(1);
    controller.heal();
    await chatSync.connect('memory');
    await controller.settle();
    expect(chatSync.status().state).toBe('idle');
    expect(chatSync.pendingChanges()).toBe(0);
  });

  it('leaves a service alone for as long as it asked', async () => {
    const { controller, chatSync } = setUp({ everyMs: MINUTE_MS });
    await controller.settle();
    const run = vi.spyOn(chatSync, 'syncMessages');
    const busy = new CloudError('rate-limited', 'busy', { retryAfterMs: 30 * MINUTE_MS });
    controller.failNext('any', busy, 1);
    await controller.advance(1.5 * MINUTE_MS);
    expect(chatSync.status().state).toBe('throttled');
    await controller.advance(29 * MINUTE_MS);
    expect(run).toHaveBeenCalledTimes(1);
    await controller.advance(2 * MINUTE_MS);
    expect(chatSync.status().state).toBe('idle');
  });

  it('does not take a check that is still under way for a failure', async () => {
    const { controller, chatSync } = setUp({ everyMs: 10 * MINUTE_MS });
    const list = controller.cloud.list.bind(controller.cloud);
    const sync = chatSync.syncMessages.bind(chatSync);
    const run = vi.spyOn(chatSync, 'syncMessages').mockImplementation(async (...how) => {
      const result = await sync(...how);
      controller.cloud.list = async (folder, options) => {
        for (let turn = 0; turn < 20_000; turn += 1) await Promise.resolve();
        return list(folder, options);
      };
      void chatSync.verify('memory');
      for (let turn = 0; turn < 100 && !chatSync.isSyncing(); turn += 1) await Promise.resolve();
      expect(chatSync.isSyncing()).toBe(true);
      return result;
    });
    await controller.settle();
    await controller.advance(5 * MINUTE_MS);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('ends with the application', async () => {
    const { controller, chatSync } = setUp({ everyMs: MINUTE_MS });
    await controller.settle();
    const run = vi.spyOn(chatSync, 'syncMessages');
    TestBed.resetTestingModule();
    window.dispatchEvent(new Event('online'));
    setHidden(false);
    expect(run).not.toHaveBeenCalled();
  });
});
