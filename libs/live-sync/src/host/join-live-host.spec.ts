import { describe, expect, it, vi } from 'vitest';
import { LiveError } from '../live-error.js';
import { HostWorld } from '../simulation/host-world.js';
import { type WorldTab } from '../simulation/world-tab.js';

/** Tabs that were opened one after the other. */
async function browserWith(tabs: number): Promise<readonly [HostWorld, ...WorldTab[]]> {
  const world = new HostWorld();
  const opened: WorldTab[] = [];
  for (let index = 0; index < tabs; index++) {
    opened.push(world.open());
    await world.pass(1_000);
  }
  return [world, ...opened];
}

const tasksOf = (tab: WorldTab | undefined): readonly string[] => tab?.connection?.tasks ?? [];

describe('joinLiveHost', () => {
  it('makes one connection, of which all tabs know', async () => {
    const [world, first, second, third] = await browserWith(3);
    expect(world.connections.map(({ tab }) => tab)).toEqual([first]);
    expect([first, second, third].map((tab) => tab?.state)).toEqual(['live', 'live', 'live']);
  });

  it('hands over within a second when the tab that holds it is gone', async () => {
    const [world, first, second] = await browserWith(2);
    first?.disappear();
    await world.pass(1_000);
    expect(world.connections.map(({ tab }) => tab)).toEqual([second]);
    expect(world.admitted).toEqual(world.connections);
  });

  it('hands over when the tab that holds it leaves, and ends its own', async () => {
    const [world, first, second] = await browserWith(2);
    await first?.leave();
    await world.pass(1_000);
    expect(first?.connection).toBeUndefined();
    expect(world.connections.map(({ tab }) => tab)).toEqual([second]);
  });

  it('hands over at once when the browser says that it freezes the tab', async () => {
    const [world, first, second] = await browserWith(2);
    first?.freeze('told');
    await world.pass(1_000);
    expect(world.admitted.map(({ tab }) => tab)).toEqual([second]);
    first?.thaw();
    await world.pass(1_000);
    expect(world.connections.map(({ tab }) => tab)).toEqual([second]);
    expect(first?.state).toBe('live');
    second?.disappear();
    await world.pass(1_000);
    expect(world.connections.map(({ tab }) => tab)).toEqual([first]);
  });

  it('replaces a host that hangs within 15 s, by a tab that is seen', async () => {
    const [world, first, second, third] = await browserWith(3);
    second?.show(false);
    first?.freeze('hangs');
    await world.pass(8_000);
    expect(third?.state).toBe('connecting');
    await world.pass(7_000);
    expect(world.connections.map(({ tab }) => tab)).toEqual([third]);
    expect([second?.state, third?.state]).toEqual(['live', 'live']);
  });

  it('leaves a host alone that hangs while nobody looks, until somebody does', async () => {
    const [world, first, second] = await browserWith(2);
    second?.show(false);
    first?.freeze('hangs');
    await world.pass(120_000);
    expect(world.locks.holder).toBe(first);
    second?.show(true);
    await world.pass(15_000);
    expect(world.connections.map(({ tab }) => tab)).toEqual([second]);
  });

  it('writes nothing after it thaws, and follows', async () => {
    const [world, first, second] = await browserWith(2);
    first?.freeze('hangs');
    await world.pass(15_000);
    first?.thaw();
    await world.pass(5_000);
    expect(world.violations).toEqual([]);
    expect(world.connections.map(({ tab }) => tab)).toEqual([second]);
    expect(first?.state).toBe('live');
    second?.disappear();
    await world.pass(1_000);
    expect(world.admitted.map(({ tab }) => tab)).toEqual([first]);
  });

  it('gives way when one that had lost the lock still puts its token there', async () => {
    const [world, first, second] = await browserWith(2);
    world.row = { token: '000000000099-late' };
    await world.pass(5_000);
    expect(world.connections).toHaveLength(1);
    expect(world.admitted).toEqual(world.connections);
    expect([first?.state, second?.state]).toEqual(['live', 'live']);
  });

  it('does not blame the host for its own sleep', async () => {
    const [world, first, second] = await browserWith(2);
    second?.freeze('hangs');
    await world.pass(60_000);
    second?.thaw();
    await world.pass(5_000);
    expect(first?.connections).toHaveLength(1);
    expect(world.locks.holder).toBe(first);
  });

  it('hands what is asked to the host, also to the next one', async () => {
    const [world, first, second, third] = await browserWith(3);
    third?.host.flush();
    third?.host.signedIn();
    third?.host.wake();
    const synced = third?.host.syncNow();
    await world.pass(1_000);
    await synced;
    expect(tasksOf(first)).toEqual(['flush', 'signedIn', 'wake', 'syncNow']);

    first?.freeze('hangs');
    third?.host.flush();
    third?.host.flush();
    const late = third?.host.syncNow();
    await world.pass(15_000);
    await late;
    expect(tasksOf(second)).toEqual(['flush', 'syncNow']);
  });

  it('keeps what was asked of itself when another takes over meanwhile', async () => {
    const [world, first, second] = await browserWith(2);
    first?.freeze('hangs');
    const synced = first?.host.syncNow();
    await world.pass(15_000);
    first?.thaw();
    await world.pass(5_000);
    await synced;
    expect(tasksOf(second)).toContain('syncNow');
  });

  it('tells a follower why the host could not sync', async () => {
    const [world, first, second] = await browserWith(2);
    const refusal = new LiveError('rate-limited', 'slowly', { details: { retryAfterMs: 5 } });
    if (first?.connection) first.connection.refusal = refusal;
    const failed = second?.host.syncNow().catch((error: unknown) => error);
    await world.pass(1_000);
    expect(await failed).toEqual(refusal);
    expect(await failed).toBeInstanceOf(LiveError);
  });

  it('tells a follower of an error with its code', async () => {
    const [world, first, second] = await browserWith(2);
    const error = new LiveError('unauthorized', 'sign in again', { details: { status: 401 } });
    first?.connection?.snapshot$.next({
      ...first.connection.snapshot$.value,
      state: 'auth-error',
      error,
    });
    const seen = vi.fn();
    second?.host.snapshot$.subscribe(seen);
    await world.pass(1_000);
    expect(seen).toHaveBeenLastCalledWith(expect.objectContaining({ state: 'auth-error', error }));
  });

  it('rejects what nobody will do any more', async () => {
    const [world, first, second] = await browserWith(2);
    first?.freeze('hangs');
    const failed = second?.host.syncNow().catch((error: unknown) => error);
    await second?.leave();
    await world.pass(100);
    expect(await failed).toMatchObject({ code: 'closed' });
    await expect(second?.host.syncNow()).rejects.toMatchObject({ code: 'closed' });
  });

  it('lets another try when the storage of the holder fails, and tries again itself', async () => {
    const world = new HostWorld();
    const first = world.open();
    first.isStorageBroken = true;
    await world.pass(2_000);
    expect(world.connections).toHaveLength(0);
    const second = world.open();
    await world.pass(2_000);
    expect(world.connections.map(({ tab }) => tab)).toEqual([second]);
    second.disappear();
    first.isStorageBroken = false;
    await world.pass(6_000);
    expect(world.connections.map(({ tab }) => tab)).toEqual([first]);
  });

  it('lets another go on when the storage was closed under it', async () => {
    const [world, first, second] = await browserWith(2);
    const details = { code: 'storage-closed' };
    first?.connection?.snapshot$.next({
      ...first.connection.snapshot$.value,
      state: 'sync-error',
      error: new LiveError('storage', 'closed by an upgrade', { details }),
    });
    if (first) first.isStorageBroken = true;
    await world.pass(1_000);
    expect(world.connections.map(({ tab }) => tab)).toEqual([second]);
    await world.pass(60_000);
    expect(world.connections.map(({ tab }) => tab)).toEqual([second]);
    expect(first?.state).toBe('live');
  });

  it.each([
    ['locks', { locks: null }],
    ['channels', { openChannel: null }],
    [
      'channels that it may open',
      {
        openChannel: () => {
          throw new DOMException('sandboxed', 'SecurityError');
        },
      },
    ],
    ['either', { locks: null, openChannel: null }],
    [
      'locks that it may take',
      { locks: { request: () => Promise.reject(new DOMException('sandboxed', 'SecurityError')) } },
    ],
  ])('connects each tab by itself without %s', async (_, environment) => {
    const world = new HostWorld();
    world.environment = environment;
    const [first, second] = [world.open(), world.open(false)];
    await world.pass(1_000);
    expect(world.connections.map(({ tab }) => tab)).toEqual([first, second]);
    const synced = second.host.syncNow();
    second.host.flush();
    await world.pass(1_000);
    await synced;
    expect(tasksOf(second)).toEqual(['flush', 'syncNow']);
    await Promise.all([first.leave(), second.leave()]);
    expect(world.connections).toEqual([]);
  });

  it('asks the host to hurry when its page is seen or online again, and to flush when it is left', async () => {
    const [world, first, second] = await browserWith(2);
    second?.show(false);
    await world.pass(100);
    expect(tasksOf(first)).toEqual(['flush']);
    second?.show(true);
    await world.pass(100);
    expect(tasksOf(first)).toEqual(['flush', 'wake']);
  });

  it('has the service worker hold the connection, and takes over when that is killed', async () => {
    const world = new HostWorld();
    world.hasWorker = true;
    const page = world.open();
    await world.pass(1_000);
    expect(world.connections.map(({ tab }) => tab.role)).toEqual(['worker']);
    expect(page.state).toBe('live');
    world.worker?.disappear();
    await world.pass(1_000);
    expect(world.connections.map(({ tab }) => tab)).toEqual([page]);
  });

  it('runs the connection itself when the service worker hangs', async () => {
    const world = new HostWorld();
    world.hasWorker = true;
    const page = world.open();
    await world.pass(1_000);
    world.worker?.freeze('hangs');
    await world.pass(15_000);
    expect(world.connections.map(({ tab }) => tab)).toEqual([page]);
  });

  it('leaves no timer and no listener when all have left', async () => {
    const [world, ...tabs] = await browserWith(3);
    for (const tab of tabs) await tab.leave();
    await world.pass(100);
    expect(world.clock.waiting).toBe(0);
    expect(tabs.map(({ listeners }) => listeners)).toEqual([0, 0, 0]);
    expect(world.channels).toBe(0);
  });
});
