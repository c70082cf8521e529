import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { type ChatStorage, StorageError } from '@chat-vault/chat-storage';
import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { CloudError, type CloudStorage } from '@chat-vault/cloud-storage';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type CloudOpener } from '../cloud/cloud-source';
import { BackgroundWork } from '../page/background-work';
import { CHAT_SYNC_CLOCK } from '../page/chat-sync-clock';
import { type ChatSyncFeature } from '../provide/chat-sync-feature';
import { provideChatSync } from '../provide/provide-chat-sync';
import { withChatStorage } from '../provide/with-chat-storage';
import { withCloud } from '../provide/with-cloud';
import { withDirectory } from '../provide/with-directory';
import { withMemoryCloud } from '../provide/with-memory-cloud';
import { withWebDav } from '../provide/with-web-dav';
import { messageAt, messagesFrom } from '../test-messages';
import { ChatSyncService } from './chat-sync-service';
import { CloudConnections } from './cloud-connections';
import { MEMORY_DOCUMENT, parseProviderMemory } from './provider-state';

const DATABASE = 'cloud-connections';

type ChangeChannel = NonNullable<
  ReturnType<NonNullable<NonNullable<Parameters<typeof openIdbChatStorage>[0]>['openChannel']>>
>;
type Listener = Parameters<ChangeChannel['addEventListener']>[1];
const listeners = new Map<ChangeChannel, Listener>();

/** A channel between the tabs of this test, without delay. */
const openChannel = (): ChangeChannel => {
  const channel: ChangeChannel = {
    postMessage: (data) => {
      for (const [other, listener] of listeners) if (other !== channel) listener({ data });
    },
    addEventListener: (_type, listener) => void listeners.set(channel, listener),
    close: () => void listeners.delete(channel),
  };
  return channel;
};

const openStorage = () => openIdbChatStorage({ name: DATABASE, openChannel });

/** An application start on the one database of this test. */
const start = async (...features: ChatSyncFeature[]) => {
  TestBed.resetTestingModule();
  let storage: ChatStorage | undefined;
  const opened = withChatStorage(async () => (storage = await openStorage()));
  TestBed.configureTestingModule({ providers: [provideChatSync({}, opened, ...features)] });
  const chatSync = TestBed.inject(ChatSyncService);
  const settle = async () => {
    TestBed.tick();
    await TestBed.inject(BackgroundWork).settled();
  };
  await settle();
  if (!storage) throw new Error('the storage is opened after the first paint');
  return { chatSync, storage, settle };
};

/** A feature whose opener the test exchanges, as other settings would. */
const withOpener = (opener: () => CloudOpener | null): ChatSyncFeature => ({
  kind: 'cloud',
  name: 'withOpener',
  providers: [],
  createSource: () => {
    const current = signal(opener());
    setOpener = (other) => current.set(other);
    return { providerId: 'custom', displayName: 'Custom', opener: current };
  },
});
let setOpener: (opener: CloudOpener | null) => void;

/** Something that happens once. */
const oneTime = () => {
  let happen = (): void => undefined;
  const happened = new Promise<void>((resolve) => (happen = resolve));
  return { happen, happened };
};

/** Lets calls wait from now on, until they are aborted or let go; `begun` resolves when one waits. */
const hold = (cloud: CloudStorage, what: 'list' | 'create') => {
  const [begin, release] = [oneTime(), oneTime()];
  const wait = (signal: AbortSignal | undefined) => {
    begin.happen();
    return new Promise<void>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      void release.happened.then(resolve);
    });
  };
  const [list, create] = [cloud.list.bind(cloud), cloud.create.bind(cloud)];
  if (what === 'list')
    cloud.list = async (folder, options) => {
      await wait(options?.signal);
      return list(folder, options);
    };
  else
    cloud.create = async (path, bytes, options) => {
      await wait(options?.signal);
      return create(path, bytes, options);
    };
  return { begun: begin.happened, letGo: release.happen };
};

/** A cloud that must be signed in to. */
const signInCloud = () => {
  const cloud = memoryCloud({ providerId: 'custom' });
  const connect = vi.fn<(options: { readonly interactive: boolean }) => Promise<void>>();
  const disconnect = vi.fn(() => Promise.resolve());
  return Object.assign(cloud, { connect, disconnect });
};

afterEach(async () => {
  TestBed.resetTestingModule();
  await (await openStorage()).destroy();
});

describe('CloudConnections', () => {
  it('asks a person only when they connect, and connects again without asking', async () => {
    const cloud = signInCloud();
    const first = await start(withCloud(() => cloud));
    expect(cloud.connect).not.toHaveBeenCalled();
    expect(await first.chatSync.connect('custom')).toMatchObject({
      ok: true,
      provider: { providerId: 'custom', isConnected: true },
    });
    expect(cloud.connect).toHaveBeenLastCalledWith({ interactive: true });
    const second = await start(withCloud(() => cloud));
    expect(cloud.connect).toHaveBeenLastCalledWith({ interactive: false });
    expect(second.chatSync.providers()).toMatchObject([{ isConnected: true }]);
  });

  it('keeps a cloud connected that cannot be signed in to, and says so', async () => {
    const cloud = signInCloud();
    const { chatSync } = await start(withCloud(() => cloud));
    await chatSync.connect('custom');
    cloud.connect.mockRejectedValue(new CloudError('unauthorized', 'signed out'));
    const again = await start(withCloud(() => cloud));
    expect(again.chatSync.providers()).toMatchObject([{ isConnected: true }]);
    expect(again.chatSync.status()).toMatchObject({ state: 'auth-error', providerId: 'custom' });
    cloud.connect.mockResolvedValue();
    expect(await again.chatSync.connect('custom')).toMatchObject({ ok: true });
    expect(again.chatSync.status().state).toBe('idle');
  });

  it('says what a cloud lacks that cannot be opened, and before it is', async () => {
    const cloud = signInCloud();
    const before = await start(withCloud(() => cloud));
    await before.chatSync.connect('custom');
    await before.storage.save(messageAt(0));
    await before.chatSync.syncMessages();
    await before.storage.save(messageAt(1));
    const signIn = oneTime();
    cloud.connect.mockImplementation(async () => {
      await signIn.happened;
      throw new CloudError('unauthorized', 'signed out');
    });
    const again = start(withCloud(() => cloud));
    await expect.poll(() => cloud.connect).toHaveBeenCalledTimes(2);
    const chatSync = TestBed.inject(ChatSyncService);
    expect(chatSync.providers()).toMatchObject([{ isConnected: true, pendingChanges: 1 }]);
    await expect.poll(() => chatSync.persistence()).toBe('unbacked');
    signIn.happen();
    const { storage, settle } = await again;
    expect(chatSync.providers()).toMatchObject([
      { status: { state: 'auth-error' }, pendingChanges: 1 },
    ]);
    await storage.save(messageAt(2));
    await settle();
    expect(chatSync.pendingChanges()).toBe(2);
    expect(chatSync.persistence()).toBe('unbacked');
  });

  it('does not count a cloud as connected that a person could not sign in to', async () => {
    const cloud = signInCloud();
    cloud.connect.mockRejectedValue(new CloudError('unauthorized', 'wrong password'));
    const { chatSync } = await start(withCloud(() => cloud));
    expect(await chatSync.connect('custom')).toMatchObject({
      ok: false,
      error: { code: 'unauthorized' },
    });
    expect(chatSync.providers()).toMatchObject([
      { isConnected: false, status: { state: 'auth-error' } },
    ]);
    expect(chatSync.status().message).toBe('No cloud is connected.');
  });

  it('signs out, and stays disconnected over a restart', async () => {
    const cloud = signInCloud();
    const { chatSync } = await start(withCloud(() => cloud));
    await chatSync.connect('custom');
    expect(await chatSync.disconnect('custom')).toEqual({ ok: true });
    expect(cloud.disconnect).toHaveBeenCalledTimes(1);
    const again = await start(withCloud(() => cloud));
    expect(again.chatSync.providers()).toMatchObject([{ isConnected: false }]);
  });

  it('is disconnected here even when signing out fails', async () => {
    const cloud = signInCloud();
    cloud.disconnect.mockRejectedValue(new CloudError('offline', 'no network'));
    const { chatSync } = await start(withCloud(() => cloud));
    await chatSync.connect('custom');
    expect(await chatSync.disconnect('custom')).toMatchObject({
      ok: false,
      error: { code: 'offline' },
    });
    expect(chatSync.providers()).toMatchObject([{ isConnected: false }]);
  });

  it('forgets the sign-in that is under way while it disconnects', async () => {
    const cloud = signInCloud();
    const signIn = oneTime();
    cloud.connect.mockReturnValue(signIn.happened);
    const { chatSync } = await start(withCloud(() => cloud));
    const connecting = chatSync.connect('custom');
    await expect.poll(() => cloud.connect).toHaveBeenCalled();
    expect(await chatSync.disconnect('custom')).toEqual({ ok: true });
    expect(cloud.disconnect).toHaveBeenCalledTimes(1);
    signIn.happen();
    expect(await connecting).toMatchObject({ ok: false });
    expect(chatSync.providers()).toMatchObject([{ isConnected: false }]);
  });

  it('signs in to nothing when it was disconnected before its code was there', async () => {
    const cloud = signInCloud();
    const code = oneTime();
    const open = vi.fn(async () => {
      await code.happened;
      return { cloud };
    });
    const { chatSync } = await start(withOpener(() => open));
    const connecting = chatSync.connect('custom');
    await expect.poll(() => open).toHaveBeenCalled();
    const disconnecting = chatSync.disconnect('custom');
    code.happen();
    expect(await connecting).toMatchObject({ ok: false });
    expect(await disconnecting).toEqual({ ok: true });
    expect(cloud.connect).not.toHaveBeenCalled();
  });

  it.each(['at once', 'after a restart'])(
    'forgets the sign-in of a cloud that never was connected, %s',
    async (when) => {
      const cloud = signInCloud();
      cloud.connect.mockRejectedValue(new CloudError('unavailable', 'signed in, then 503'));
      let { chatSync } = await start(withCloud(() => cloud));
      expect(await chatSync.connect('custom')).toMatchObject({ ok: false });
      if (when === 'after a restart') ({ chatSync } = await start(withCloud(() => cloud)));
      expect(await chatSync.disconnect('custom')).toEqual({ ok: true });
      expect(cloud.disconnect).toHaveBeenCalledTimes(1);
    },
  );

  it('forgets the sign-in also when the device cannot store that it is disconnected', async () => {
    const cloud = signInCloud();
    const { chatSync, storage } = await start(withCloud(() => cloud));
    await chatSync.connect('custom');
    const update = storage.updateSyncState.bind(storage);
    storage.updateSyncState = () => Promise.reject(new StorageError('storage-full', 'full'));
    expect(await chatSync.disconnect('custom')).toMatchObject({
      ok: false,
      error: { code: 'storage-full' },
    });
    expect(cloud.disconnect).toHaveBeenCalledTimes(1);
    storage.updateSyncState = update;
    expect(await chatSync.disconnect('custom')).toEqual({ ok: true });
    const again = await start(withCloud(() => cloud));
    expect(again.chatSync.providers()).toMatchObject([{ isConnected: false }]);
  });

  it('ends a sync that runs while it disconnects', async () => {
    const cloud = signInCloud();
    const { begun } = hold(cloud, 'list');
    const { chatSync } = await start(withCloud(() => cloud));
    await chatSync.connect('custom');
    const syncing = chatSync.syncMessages();
    await begun;
    const disconnected = chatSync.disconnect('custom');
    expect(await syncing).toMatchObject({ ok: false, error: { code: 'aborted' } });
    await disconnected;
    expect(chatSync.providers()).toMatchObject([{ isConnected: false, isSyncing: false }]);
  });

  it('stays disconnected when the end of a sync was being remembered', async () => {
    const { chatSync, storage } = await start(withCloud(() => signInCloud()));
    await chatSync.connect('custom');
    const [begun, held] = [oneTime(), oneTime()];
    const update = storage.updateSyncState.bind(storage);
    storage.updateSyncState = async (provider, patch) => {
      await update(provider, patch);
      const { [MEMORY_DOCUMENT]: memory } = patch.documents ?? {};
      if (parseProviderMemory(memory).lastSyncedAt === null) return;
      begun.happen();
      await held.happened;
    };
    const syncing = chatSync.syncMessages();
    await begun.happened;
    const disconnected = chatSync.disconnect('custom', { forget: true });
    held.happen();
    await Promise.all([syncing, disconnected]);
    expect(chatSync.providers()).toMatchObject([{ isConnected: false, lastSyncedAt: null }]);
    expect(await storage.providers()).toEqual([]);
  });

  it('stays disconnected when another place was being settled', async () => {
    const [home, work] = [signInCloud(), signInCloud()];
    const opener = (cloud: CloudStorage, location: string) => () => ({ cloud, location });
    const { chatSync, storage, settle } = await start(withOpener(() => opener(home, 'home')));
    await chatSync.connect('custom');
    const [begun, held] = [oneTime(), oneTime()];
    const forget = storage.forgetProvider.bind(storage);
    storage.forgetProvider = async (provider, options) => {
      begun.happen();
      await held.happened;
      await forget(provider, options);
    };
    setOpener(opener(work, 'work'));
    TestBed.tick();
    await begun.happened;
    expect(await chatSync.disconnect('custom')).toEqual({ ok: true });
    held.happen();
    await settle();
    expect(chatSync.providers()).toMatchObject([{ isConnected: false }]);
    expect(parseProviderMemory(await storage.document('custom', MEMORY_DOCUMENT))).toMatchObject({
      isConnected: false,
    });
  });

  it('stays disconnected when what is kept of it was being read', async () => {
    const { chatSync, storage, settle } = await start(withCloud(() => signInCloud()));
    await chatSync.connect('custom');
    const [begun, held] = [oneTime(), oneTime()];
    const read = storage.document.bind(storage);
    storage.document = async (provider, name) => {
      const document = await read(provider, name);
      if (name !== MEMORY_DOCUMENT) return document;
      begun.happen();
      await held.happened;
      return document;
    };
    const otherTab = await openStorage();
    await otherTab.updateSyncState('other', { documents: { any: 1 } });
    await begun.happened;
    const disconnected = chatSync.disconnect('custom');
    held.happen();
    expect(await disconnected).toEqual({ ok: true });
    await settle();
    expect(chatSync.providers()).toMatchObject([{ isConnected: false }]);
    await otherTab.close();
  });

  it('goes on signing in when another tab changes something', async () => {
    const cloud = signInCloud();
    const signIn = oneTime();
    cloud.connect.mockReturnValue(signIn.happened);
    const { chatSync } = await start(
      withMemoryCloud(),
      withCloud(() => cloud),
    );
    await chatSync.connect('memory');
    const connecting = chatSync.connect('custom');
    await expect.poll(() => cloud.connect).toHaveBeenCalled();
    const otherTab = await openStorage();
    await otherTab.save(messageAt(0));
    await expect.poll(() => chatSync.pendingChanges()).toBe(1);
    signIn.happen();
    expect(await connecting).toMatchObject({ ok: true, provider: { isConnected: true } });
    await otherTab.close();
  });

  it('starts no sync that is asked for while it disconnects', async () => {
    const { chatSync } = await start(withCloud(() => signInCloud()));
    await chatSync.connect('custom');
    const disconnecting = chatSync.disconnect('custom');
    expect(await chatSync.syncMessages()).toMatchObject({
      ok: false,
      error: { code: 'not-connected' },
    });
    expect(await disconnecting).toEqual({ ok: true });
  });

  describe('when a person clicks again', () => {
    /** A cloud of settings that the test changes, and how often it was made. */
    const setUp = async () => {
      const clouds: ReturnType<typeof signInCloud>[] = [];
      const settings = signal({ user: 'ann' });
      const make = vi.fn(() => clouds[clouds.push(signInCloud()) - 1] as CloudStorage);
      const names = { providerId: 'custom', displayName: 'Custom' };
      const [location, load] = [() => 'here', async () => make];
      const given = await start(withCloud({ ...names, settings, location, load }));
      const provider = () => given.chatSync.providers()[0];
      return { ...given, provider, settings, make, clouds };
    };

    it('signs in with the same cloud, which knows of half-done uploads', async () => {
      const { chatSync, settle, settings, make, clouds } = await setUp();
      for (let click = 0; click < 3; click += 1) await chatSync.connect('custom');
      expect(make).toHaveBeenCalledTimes(1);
      expect(clouds[0]?.connect).toHaveBeenCalledTimes(3);
      settings.set({ user: 'ben' });
      await settle();
      await chatSync.connect('custom');
      expect(make).toHaveBeenCalledTimes(2);
    });

    it('signs in with one cloud at two clicks at once', async () => {
      const { chatSync, clouds } = await setUp();
      await Promise.all([chatSync.connect('custom'), chatSync.connect('custom')]);
      expect(clouds.flatMap(({ connect }) => connect.mock.calls.length || [])).toEqual([2]);
    });

    it('makes another one after it was disconnected, as somebody else may sign in', async () => {
      const { chatSync, make } = await setUp();
      await chatSync.connect('custom');
      await chatSync.disconnect('custom');
      await chatSync.connect('custom');
      expect(make).toHaveBeenCalledTimes(2);
    });

    it('takes the place of a window that was closed unnoticed', async () => {
      const { chatSync, provider, clouds } = await setUp();
      await chatSync.connect('custom');
      const connect = clouds[0]?.connect;
      const [window, other] = [oneTime(), oneTime()];
      const gone = new CloudError('unavailable', 'the first window was given up');
      connect?.mockReturnValueOnce(window.happened.then(() => Promise.reject(gone)));
      connect?.mockReturnValueOnce(other.happened);
      const first = chatSync.connect('custom');
      await expect.poll(() => connect).toHaveBeenCalledTimes(2);
      expect(provider()?.isConnecting).toBe(true);
      const second = chatSync.connect('custom');
      await expect.poll(() => connect).toHaveBeenCalledTimes(3);
      other.happen();
      expect(await second).toMatchObject({ ok: true, provider: { isConnected: true } });
      expect(provider()).toMatchObject({ isConnecting: false, status: { state: 'idle' } });
      window.happen();
      expect(await first).toMatchObject({ ok: false });
      expect(provider()).toMatchObject({ isConnecting: false, status: { state: 'idle' } });
    });

    it('is not connecting any more once it was disconnected', async () => {
      const { chatSync, provider, clouds } = await setUp();
      await chatSync.connect('custom');
      clouds[0]?.connect.mockReturnValueOnce(new Promise(() => undefined));
      void chatSync.connect('custom');
      await expect.poll(() => clouds[0]?.connect).toHaveBeenCalledTimes(2);
      await chatSync.disconnect('custom');
      expect(provider()?.isConnecting).toBe(false);
    });

    it('goes on with the limits of the service that it knows', async () => {
      const { storage } = await setUp();
      const connections = TestBed.inject(CloudConnections);
      const [cloud, other] = [signInCloud(), signInCloud()];
      const polite = (await connections.createEngine(cloud, storage)).cloud;
      expect((await connections.createEngine(cloud, storage)).cloud).toBe(polite);
      expect((await connections.createEngine(other, storage)).cloud).not.toBe(polite);
    });
  });

  it('is throttled while a run waits as the service asked to, and goes on by itself', async () => {
    const cloud = signInCloud();
    const [begin, end] = [oneTime(), oneTime()];
    const sleep = async () => {
      begin.happen();
      await end.happened;
      time += 3_500;
    };
    let time = Date.UTC(2026, 0, 1);
    const clock = { now: () => time, monotonic: () => time, random: () => 0, sleep };
    const feature = withCloud(() => cloud);
    const provided = { provide: CHAT_SYNC_CLOCK, useValue: clock };
    const { chatSync, storage } = await start({ ...feature, providers: [provided] });
    await chatSync.connect('custom');
    await storage.save(messageAt(0));
    vi.spyOn(cloud, 'list').mockRejectedValueOnce(
      new CloudError('rate-limited', 'wait', { retryAfterMs: 3_000 }),
    );
    const syncing = chatSync.syncMessages('custom');
    await begin.happened;
    const until = new Date(time + 3_000);
    expect(chatSync.providers()).toMatchObject([
      { isSyncing: true, status: { state: 'throttled', providerId: 'custom', until } },
    ]);
    end.happen();
    expect(await syncing).toMatchObject({ ok: true, report: { recordsUploaded: 1 } });
    expect(chatSync.status().state).toBe('idle');
  });

  it('opens again with other settings, and starts anew at another place', async () => {
    const [home, work] = [signInCloud(), signInCloud()];
    const { chatSync, storage, settle } = await start(withOpener(() => null));
    expect(await chatSync.connect('custom')).toMatchObject({
      ok: false,
      error: { code: 'not-configured' },
    });
    setOpener(() => ({ cloud: home, location: 'https://home' }));
    await chatSync.connect('custom');
    await storage.save(messageAt(0));
    await chatSync.syncMessages();
    expect(chatSync.pendingChanges()).toBe(0);

    setOpener(() => ({ cloud: home, location: 'https://home' }));
    await settle();
    expect(chatSync.pendingChanges()).toBe(0);
    setOpener(() => ({ cloud: work, location: 'https://work' }));
    await settle();
    expect(chatSync.pendingChanges()).toBe(1);
    expect(chatSync.lastSyncedAt()).toBeNull();
    expect(await chatSync.syncMessages()).toMatchObject({ report: { recordsUploaded: 1 } });
    expect(work.files('chat-vault/deltas')).toHaveLength(1);
  });

  it('syncs with settings that came a moment before, which nobody followed yet', async () => {
    const [before, after] = [signInCloud(), signInCloud()];
    const { chatSync, storage } = await start(withOpener(() => () => ({ cloud: before })));
    await chatSync.connect('custom');
    await storage.save(messageAt(0));
    setOpener(() => ({ cloud: after }));
    expect(await chatSync.syncMessages()).toMatchObject({ ok: true });
    expect(after.files('chat-vault/deltas')).toHaveLength(1);
    // Loads the code before, as settings are followed while that takes its time.
    expect(await chatSync.exportVault()).toMatchObject({ ok: true });
    setOpener(() => ({ cloud: after }));
    expect(await chatSync.exportVault()).toMatchObject({ ok: true });
  });

  describe('while everything is uploaded again', () => {
    /** Three messages are in a cloud that is emptied, and the upload waits. */
    const startReseed = async () => {
      const cloud = signInCloud();
      const { chatSync, storage } = await start(withCloud(() => cloud));
      await chatSync.connect('custom');
      await storage.save(messagesFrom(0, 3));
      await chatSync.syncMessages();
      for (const { path } of cloud.files()) cloud.drop(path);
      const { begun, letGo } = hold(cloud, 'create');
      const reseeding = chatSync.reseed();
      await begun;
      return { cloud, chatSync, reseeding, letGo };
    };

    it('stays connected when the page dies, and the next sync goes on', async () => {
      const { cloud, reseeding, letGo } = await startReseed();
      const { chatSync, settle } = await start(withCloud(() => cloud));
      expect(await reseeding).toMatchObject({ ok: false, error: { code: 'aborted' } });
      letGo();
      await settle();
      expect(chatSync.providers()).toMatchObject([{ isConnected: true, pendingChanges: 3 }]);
      expect(await chatSync.syncMessages()).toMatchObject({
        ok: true,
        report: { recordsUploaded: 3 },
      });
    });

    it('goes on when another tab changes something', async () => {
      const { chatSync, reseeding, letGo } = await startReseed();
      const otherTab = await openStorage();
      await otherTab.save(messageAt(3));
      await expect.poll(() => chatSync.pendingChanges()).toBe(4);
      letGo();
      expect(await reseeding).toMatchObject({ ok: true, report: { recordsUploaded: 4 } });
      expect(chatSync.providers()).toMatchObject([{ isConnected: true }]);
      await otherTab.close();
    });
  });

  it('stays connected when the page dies while it moves to another place', async () => {
    const [home, work] = [signInCloud(), signInCloud()];
    const { chatSync, storage } = await start(
      withOpener(() => () => ({ cloud: home, location: 'https://home' })),
    );
    await chatSync.connect('custom');
    await storage.save(messageAt(0));
    await chatSync.syncMessages();

    const update = storage.updateSyncState.bind(storage);
    storage.updateSyncState = () => Promise.reject(new StorageError('storage-closed', 'died'));
    setOpener(() => ({ cloud: work, location: 'https://work' }));
    await chatSync.connect('custom');
    storage.updateSyncState = update;

    const again = await start(withOpener(() => () => ({ cloud: work, location: 'https://work' })));
    expect(again.chatSync.providers()).toMatchObject([
      { isConnected: true, pendingChanges: 1, lastSyncedAt: null },
    ]);
    expect(await again.chatSync.syncMessages()).toMatchObject({ report: { recordsUploaded: 1 } });
  });

  describe('when a person chooses another place', () => {
    /** A cloud that is connected at home, and where a click would lead. */
    const setUp = async () => {
      const [home, work] = [signInCloud(), signInCloud()];
      const choose = vi.fn(async () => 'work');
      const opener: CloudOpener = async ({ otherPlace, remembered }) => {
        const place = otherPlace ? await choose() : (remembered ?? 'home');
        const isOtherPlace = remembered !== undefined && place !== remembered;
        return { cloud: place === 'work' ? work : home, remember: place, isOtherPlace };
      };
      const { chatSync, storage } = await start(withOpener(() => opener));
      await chatSync.connect('custom');
      await storage.save(messageAt(0));
      await chatSync.syncMessages();
      const again = () => chatSync.connect('custom', { otherPlace: true });
      return { home, work, choose, opener, chatSync, storage, again };
    };

    it('starts anew there, and remembers it', async () => {
      const { home, work, opener, chatSync, again } = await setUp();
      expect(await again()).toMatchObject({ ok: true, provider: { lastSyncedAt: null } });
      expect(chatSync.pendingChanges()).toBe(1);
      expect(await chatSync.syncMessages()).toMatchObject({ report: { recordsUploaded: 1 } });
      expect(work.files('chat-vault/deltas')).toHaveLength(1);
      expect(home.files('chat-vault/deltas')).toHaveLength(1);
      const restarted = await start(withOpener(() => opener));
      expect(await restarted.chatSync.syncMessages()).toMatchObject({
        report: { recordsUploaded: 0, warnings: [] },
      });
    });

    it('merges what is there already', async () => {
      const { work, chatSync, again, home, storage } = await setUp();
      await storage.save(messageAt(1));
      await chatSync.syncMessages();
      work.restore(home.snapshot());
      await again();
      expect(await chatSync.syncMessages()).toMatchObject({
        ok: true,
        report: { recordsUploaded: 0, messagesNew: 0 },
      });
      expect(chatSync.pendingChanges()).toBe(0);
    });

    it('stays where it was when nothing is chosen', async () => {
      const { choose, home, chatSync, again, storage } = await setUp();
      choose.mockRejectedValue(new CloudError('aborted', 'closed'));
      expect(await again()).toMatchObject({ ok: false, error: { code: 'aborted' } });
      expect(chatSync.providers()).toMatchObject([{ isConnected: true, pendingChanges: 0 }]);
      await storage.save(messageAt(1));
      expect(await chatSync.syncMessages()).toMatchObject({ report: { recordsUploaded: 1 } });
      expect(home.files('chat-vault/deltas')).toHaveLength(2);
    });

    it('keeps what is known when it is the same place', async () => {
      const { choose, chatSync, again } = await setUp();
      choose.mockResolvedValue('home');
      expect(await again()).toMatchObject({ ok: true, provider: { pendingChanges: 0 } });
      expect(await chatSync.syncMessages()).toMatchObject({ report: { recordsUploaded: 0 } });
    });

    it('forgets the old place only once what ran there has ended', async () => {
      const { work, chatSync, storage, again } = await setUp();
      const [begin, release] = [oneTime(), oneTime()];
      const confirm = storage.confirm.bind(storage);
      storage.confirm = async (...call) => {
        begin.happen();
        await release.happened; // a transaction that cannot be called back
        await confirm(...call);
      };
      await storage.save(messageAt(1));
      const syncing = chatSync.syncMessages();
      await begin.happened;
      const order: string[] = [];
      const choosing = again().finally(() => order.push('chosen'));
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve));
      order.push('stored');
      release.happen();
      expect(await choosing).toMatchObject({ ok: true, provider: { pendingChanges: 2 } });
      expect(order).toEqual(['stored', 'chosen']);
      await syncing;
      expect(await chatSync.syncMessages()).toMatchObject({ report: { recordsUploaded: 2 } });
      expect(work.files('chat-vault/deltas')).toHaveLength(1);
    });

    it('ends what is under way at the old place', async () => {
      const { home, chatSync, again } = await setUp();
      const { begun } = hold(home, 'list');
      const syncing = chatSync.syncMessages();
      await begun;
      const choosing = again();
      expect(await syncing).toMatchObject({ ok: false, error: { code: 'aborted' } });
      expect(await choosing).toMatchObject({ ok: true });
    });
  });

  it('opens what is remembered once its settings come', async () => {
    const cloud = signInCloud();
    const { chatSync } = await start(withOpener(() => () => ({ cloud })));
    await chatSync.connect('custom');
    const again = await start(withOpener(() => null));
    expect(again.chatSync.providers()).toMatchObject([
      {
        isConnected: true,
        status: { state: 'connection-error', error: { code: 'not-configured' } },
      },
    ]);
    setOpener(() => ({ cloud }));
    await again.settle();
    expect(again.chatSync.providers()).toMatchObject([
      { isConnected: true, status: { state: 'idle' } },
    ]);
    expect(cloud.connect).toHaveBeenLastCalledWith({ interactive: false });
  });

  it('forgets the sign-in of a cloud that could not be opened', async () => {
    const cloud = signInCloud();
    const { chatSync } = await start(withCloud(() => cloud));
    await chatSync.connect('custom');
    cloud.connect.mockRejectedValue(new CloudError('unauthorized', 'signed out'));
    const again = await start(withCloud(() => cloud));
    expect(again.chatSync.status()).toMatchObject({ state: 'auth-error', canReconnect: true });
    expect(await again.chatSync.disconnect('custom')).toEqual({ ok: true });
    expect(cloud.disconnect).toHaveBeenCalledTimes(1);
  });

  it('follows what another tab connects and disconnects', async () => {
    const cloud = signInCloud();
    const { chatSync, settle } = await start(withCloud(() => cloud));
    const otherTab = await openStorage();
    const remember = async (isConnected: boolean) => {
      const documents = { 'chat-sync': { isConnected, lastSyncedAt: 5_000 } };
      await otherTab.updateSyncState('custom', { documents });
      await settle();
    };
    await remember(true);
    expect(chatSync.providers()).toMatchObject([
      { isConnected: true, lastSyncedAt: new Date(5_000) },
    ]);
    await remember(false);
    expect(chatSync.providers()).toMatchObject([{ isConnected: false }]);
    await otherTab.close();
  });
});

describe('withCloud', () => {
  it('loads the code of a cloud when it is first opened, and again when that failed', async () => {
    const load = vi.fn<() => Promise<CloudStorage>>();
    load.mockRejectedValueOnce(new TypeError('chunk missing'));
    load.mockResolvedValue(memoryCloud({ providerId: 'lazy' }));
    const lazy = { providerId: 'lazy', displayName: 'Lazy', load };
    const { chatSync } = await start(withCloud(lazy));
    expect(load).not.toHaveBeenCalled();
    expect(await chatSync.connect('lazy')).toMatchObject({
      ok: false,
      error: { code: 'unexpected' },
    });
    expect(await chatSync.connect('lazy')).toMatchObject({ ok: true });
    await chatSync.syncMessages();
    expect(load).toHaveBeenCalledTimes(2);
  });
});

describe('prepareConnect', () => {
  it('loads the code of what is configured, and forgives what cannot be loaded now', async () => {
    const configured = (providerId: string, settings: object | null) => {
      const cloud = memoryCloud({ providerId });
      const load = vi.fn(async () => () => cloud);
      const location = () => 'here';
      return { load, displayName: providerId, providerId, location, settings: () => settings };
    };
    const [near, far, none] = [configured('a', {}), configured('b', {}), configured('c', null)];
    far.load.mockRejectedValueOnce(new TypeError('chunk missing'));
    const { chatSync } = await start(withCloud(near), withCloud(far), withCloud(none));
    await chatSync.prepareConnect('a');
    expect(far.load).not.toHaveBeenCalled();
    await chatSync.prepareConnect();
    expect(near.load).toHaveBeenCalledTimes(2);
    expect(far.load).toHaveBeenCalledTimes(1);
    expect(none.load).not.toHaveBeenCalled();
    expect(await chatSync.connect('b')).toMatchObject({ ok: true });
  });
});

describe('withWebDav', () => {
  it('takes its settings from a signal', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(() =>
      Promise.resolve(new Response('', { status: 401 })),
    );
    const url = signal<string | undefined>(undefined);
    const read = () => {
      const current = url();
      return current === undefined ? undefined : { url: current, fetch };
    };
    const { chatSync, settle } = await start(withWebDav(read, { displayName: 'My server' }));
    expect(chatSync.providers()).toMatchObject([
      { providerId: 'webdav', displayName: 'My server', isConfigured: false },
    ]);
    url.set('https://dav.example/vault');
    await settle();
    expect(chatSync.providers()).toMatchObject([{ isConfigured: true }]);
    expect(await chatSync.connect('webdav')).toMatchObject({
      ok: false,
      error: { code: 'unauthorized' },
    });
  });
});

describe('withDirectory', () => {
  const handle = { kind: 'directory', name: 'Vault' } as FileSystemDirectoryHandle;

  it('is not configured where the browser cannot open folders', async () => {
    const { chatSync } = await start(withDirectory());
    expect(chatSync.providers()).toMatchObject([
      { providerId: 'directory', displayName: 'Folder', isConfigured: false },
    ]);
  });

  it('says nothing when a person closes the dialog', async () => {
    const pick = () => Promise.reject(new DOMException('closed', 'AbortError'));
    const { chatSync } = await start(withDirectory({ pick }));
    expect(await chatSync.connect('directory')).toMatchObject({
      ok: false,
      error: { code: 'aborted' },
    });
    expect(chatSync.providers()).toMatchObject([{ status: { state: 'idle' } }]);
  });

  it('does not open a dialog without a click', async () => {
    const pick = vi.fn(() => Promise.resolve(handle));
    const { chatSync } = await start(withDirectory({ pick }));
    expect(await chatSync.syncMessages('directory')).toMatchObject({
      ok: false,
      error: { code: 'not-configured' },
    });
    expect(pick).not.toHaveBeenCalled();
  });
});
