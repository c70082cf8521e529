import { CloudError } from '@chat-vault/cloud-storage';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { ChatVaultEngine } from '@chat-vault/vault-engine';
import { describe, expect, it } from 'vitest';
import { type ChatSyncTestingOptions } from '../../testing/src/index';
import { withCloud } from '../provide/with-cloud';
import { openTestDevice } from '../test-devices';
import { idsOf, messageAt, messagesFrom } from '../test-messages';

/** A device with messages in the cloud `memory`, and an empty connected cloud `second`. */
const setUp = async (options: ChatSyncTestingOptions = {}) => {
  const second = memoryCloud({ providerId: 'second', displayName: 'Second' });
  const device = openTestDevice(
    { config: { engine: { bulkRecords: 10 } }, ...options },
    withCloud(() => second),
  );
  const { chatSync, controller, history } = device;
  await chatSync.connect('memory');
  await history.save(messagesFrom(0, 40));
  await chatSync.syncMessages();
  await chatSync.connect('second');
  return { ...device, first: controller.cloud, second };
};
const pathsOf = (files: readonly { readonly path: string }[]) => files.map(({ path }) => path);
const all = idsOf(messagesFrom(0, 41));

describe('migrate', () => {
  it('copies everything, what is pending too, and leaves both connected', async () => {
    const { chatSync, history, first, second, state } = await setUp();
    await history.save(messageAt(40));
    const result = await chatSync.migrate('memory', 'second');
    expect(result).toMatchObject({ ok: true, report: { mayRelease: true, problems: [] } });
    expect(pathsOf(second.files())).toEqual(expect.arrayContaining(pathsOf(first.files())));
    expect([state('memory'), state('second')]).toMatchObject([
      { isConnected: true, pendingChanges: 0 },
      { isConnected: true, pendingChanges: 0, status: { state: 'idle' } },
    ]);

    const other = openTestDevice(
      {},
      withCloud(() => second),
    );
    await other.chatSync.connect('second');
    await other.chatSync.syncMessages();
    await other.chatSync.restoreAll();
    expect(await other.ids()).toEqual(all);
  });

  it('disconnects the source and forgets it when asked to and all was found there', async () => {
    const { chatSync, controller, first, state } = await setUp();
    const before = pathsOf(first.files());
    const result = await chatSync.migrate('memory', 'second', { release: true });
    expect(result).toMatchObject({ ok: true, report: { mayRelease: true } });
    expect(state('memory')).toMatchObject({ isConnected: false, lastSyncedAt: null });
    expect(await (await controller.storage()).providers()).toEqual(['second']);
    expect(pathsOf(first.files())).toEqual(before);
  });

  it('keeps a source connected that has a damaged file', async () => {
    const { chatSync, first, state } = await setUp();
    const month = first.files().find(({ path }) => path.includes('2025/'));
    first.poke(month?.path ?? '', new Uint8Array(month?.size ?? 0));
    const result = await chatSync.migrate('memory', 'second', { release: true });
    expect(result).toMatchObject({
      ok: true,
      report: { mayRelease: false, problems: [{ kind: 'damaged' }] },
    });
    expect(state('memory')).toMatchObject({ isConnected: true });
  });

  it('does nothing when the source cannot be synced, and says so there', async () => {
    const { chatSync, controller, history, second, state } = await setUp();
    await history.save(messageAt(40));
    controller.failNext('any', 'unauthorized', 100);
    expect(await chatSync.migrate('memory', 'second', { release: true })).toMatchObject({
      ok: false,
      error: { code: 'unauthorized' },
    });
    expect(second.files()).toEqual([]);
    expect(state('memory')).toMatchObject({ isConnected: true, status: { state: 'auth-error' } });
    expect(state('second')).toMatchObject({ status: { state: 'idle' } });
  });

  it('does nothing when the source lost its files', async () => {
    const { chatSync, first, second } = await setUp();
    await chatSync.syncMessages('memory');
    for (const { path } of first.files()) first.drop(path);
    expect(await chatSync.migrate('memory', 'second', { release: true })).toMatchObject({
      ok: false,
      error: { code: 'vault-emptied' },
    });
    expect(second.files()).toEqual([]);
  });

  it('tells a source that stops answering as its own failure', async () => {
    const { chatSync, controller, state } = await setUp();
    controller.failNext('read', 'unauthorized', 1_000);
    expect(await chatSync.migrate('memory', 'second')).toMatchObject({
      ok: false,
      error: { code: 'unauthorized' },
    });
    expect(state('memory')).toMatchObject({ status: { state: 'auth-error' } });
    expect(state('second')).toMatchObject({ status: { state: 'idle' } });
  });

  it('tells a full target as its failure, and keeps the source', async () => {
    const { chatSync, second, state } = await setUp();
    second.create = () => Promise.reject(new CloudError('quota-exceeded', 'full'));
    expect(await chatSync.migrate('memory', 'second', { release: true })).toMatchObject({
      ok: false,
      error: { code: 'quota-exceeded' },
    });
    expect(state('second')).toMatchObject({ status: { state: 'cloud-full' } });
    expect(state('memory')).toMatchObject({ isConnected: true, status: { state: 'idle' } });
  });

  it('shows its progress at the target, ends when aborted, and goes on when called again', async () => {
    const { chatSync, first, second, state } = await setUp();
    const stop = new AbortController();
    const create = second.create.bind(second);
    let created = 0;
    const seen: unknown[] = [];
    second.create = async (...call) => {
      seen.push([state('memory')?.isSyncing, state('second')?.progress?.phase]);
      await create(...call);
      if (++created === 2) stop.abort();
    };
    const { signal } = stop;
    const stopped = await chatSync.migrate('memory', 'second', { signal, release: true });
    expect(stopped).toMatchObject({ ok: false, error: { code: 'aborted' } });
    expect(seen[0]).toEqual([false, 'backing-up']);
    expect(state('second')).toMatchObject({ isSyncing: false, progress: null });
    expect(state('memory')).toMatchObject({ isConnected: true });
    const copied = second.files().length;
    expect(copied).toBeGreaterThan(0);
    expect(copied).toBeLessThan(first.files().length);

    second.create = create;
    expect(await chatSync.migrate('memory', 'second')).toMatchObject({
      ok: true,
      report: { mayRelease: true, filesPresent: copied },
    });
  });

  it('ends when the source is disconnected meanwhile', async () => {
    const { chatSync, second } = await setUp();
    const create = second.create.bind(second);
    let disconnecting: Promise<unknown> | undefined;
    second.create = async (...call) => {
      disconnecting ??= chatSync.disconnect('memory');
      await create(...call);
    };
    expect(await chatSync.migrate('memory', 'second')).toMatchObject({
      ok: false,
      error: { code: 'aborted' },
    });
    expect(await disconnecting).toEqual({ ok: true });
  });

  it('refuses the vault of another account, and writes nothing there', async () => {
    const config = { accountId: 'ann' };
    const { chatSync, controller, second, state } = await setUp({ config });
    const { storage } = await controller.secondDevice();
    await storage.save(messageAt(0, 'urn:chat:other'));
    const other = { storage, cloud: second, accountId: 'bob', locks: null };
    await new ChatVaultEngine(other).sync();
    const before = pathsOf(second.files());
    expect(await chatSync.migrate('memory', 'second', { release: true })).toMatchObject({
      ok: false,
      error: { code: 'foreign-vault' },
    });
    expect(pathsOf(second.files())).toEqual(before);
    expect(state('second')).toMatchObject({ status: { error: { code: 'foreign-vault' } } });
    expect(state('memory')).toMatchObject({ isConnected: true });
  });

  it.each([
    { from: 'memory', to: 'elsewhere', code: 'unknown-provider' },
    { from: 'memory', to: 'memory', code: 'same-provider' },
    { from: 'second', to: 'memory', code: 'not-connected' },
    { from: 'memory', to: 'second', code: 'not-connected' },
  ])('says $code of a move from $from to $to', async ({ from, to, code }) => {
    const { chatSync, first } = await setUp();
    await chatSync.disconnect('second');
    first.clearRequests();
    expect(await chatSync.migrate(from, to)).toMatchObject({ ok: false, error: { code } });
    expect(first.requests).toEqual([]);
  });

  it('is aborted before it begins', async () => {
    const { chatSync, second } = await setUp();
    const signal = AbortSignal.abort();
    expect(await chatSync.migrate('memory', 'second', { signal })).toMatchObject({
      ok: false,
      error: { code: 'aborted' },
    });
    expect(second.files()).toEqual([]);
  });
});
