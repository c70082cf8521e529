import { CloudError } from '@chat-vault/cloud-storage';
import { describe, expect, it } from 'vitest';
import { type Contact, PlainPersistence, TestWorld } from '../simulation/test-world.js';
import { memoryStore } from '../tiers/memory/memory-store.js';

const MINUTE = 60_000;

const open = async (options: Parameters<TestWorld['device']>[0] = {}) => {
  const world = new TestWorld();
  const local = new PlainPersistence();
  const device = await world.device({ local, schedule: {}, ...options });
  const repo = device.repo<Contact>('Contact');
  const stored = () =>
    Object.keys((local.blobs.get('app.global') as { Contact?: object })?.Contact ?? {});
  return { world, local, device, repo, stored };
};
const syncsOf = (cloud: PlainPersistence) =>
  cloud.takeCalls().filter((call) => call === 'load app.metadata').length;

describe('from memory to the device', () => {
  it('waits for a pause', async () => {
    const { world, repo, stored } = await open();
    repo.save({ id: 'a', name: 'a' });
    await world.pass(299);
    expect(stored()).toEqual([]);
    repo.save({ id: 'b', name: 'b' });
    await world.pass(299);
    expect(stored()).toEqual([]);
    await world.pass(1);
    expect(stored()).toEqual(['a', 'b']);
  });

  it('waits two seconds at most', async () => {
    const { world, repo, stored } = await open();
    for (let count = 0; count < 10; count++) {
      repo.save({ id: `${count}`, name: 'x' });
      if (count < 9) await world.pass(200);
    }
    expect(stored()).toEqual([]);
    await world.pass(200);
    expect(stored()).toHaveLength(10);
  });

  it('writes at once what the page may take with it', async () => {
    const { world, repo, stored } = await open();
    repo.save({ id: 'a', name: 'a' });
    await world.fire('leave');
    expect(stored()).toEqual(['a']);
  });

  it('does nothing while nothing changes', async () => {
    const { world, local } = await open();
    local.takeCalls();
    await world.pass(60 * MINUTE);
    expect(local.takeCalls()).toEqual([]);
    expect(world.timers).toBe(0);
  });

  it('tries again after growing waits, shows the error meanwhile, and loses nothing', async () => {
    const { world, device, local, repo, stored } = await open();
    const fails: number[] = [];
    local.before = ({ operation }) => {
      if (operation !== 'store') return;
      fails.push(world.now);
      throw new Error('no room');
    };
    repo.save({ id: 'a', name: 'a' });
    await world.pass(MINUTE);
    expect(device.states()).toMatchObject([{ tierId: 'local', isDirty: true }]);
    expect(String(device.states()[0]?.error)).toContain('no room');
    const waits = fails.slice(1).map((at, index) => at - (fails[index] ?? 0));
    expect(waits.length).toBeGreaterThan(3);
    waits.slice(0, 5).forEach((wait, index) => {
      expect(wait).toBeGreaterThanOrEqual(500 * 2 ** index);
      expect(wait).toBeLessThanOrEqual(1000 * 2 ** index);
    });
    repo.save({ id: 'b', name: 'b' });
    local.before = () => undefined;
    await world.pass(5 * MINUTE);
    expect(stored()).toEqual(['a', 'b']);
    expect(device.states()).toMatchObject([{ error: null, isDirty: false }]);
  });

  it('does not wait for a retry any more once a flush went well', async () => {
    const { world, device, local, repo, stored } = await open();
    local.before = ({ operation }) => {
      if (operation === 'store') throw new Error('no room');
    };
    repo.save({ id: 'a', name: 'a' });
    await world.pass(3 * MINUTE);
    local.before = () => undefined;
    await device.flush();
    repo.save({ id: 'b', name: 'b' });
    await world.pass(300);
    expect(stored()).toEqual(['a', 'b']);
  });

  it('runs one sync at a time, and one more for all who ask meanwhile', async () => {
    const { device, local, repo } = await open({ schedule: 'manual' });
    let running = 0;
    let most = 0;
    local.before = async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
    };
    repo.save({ id: 'a', name: 'a' });
    local.takeCalls();
    await Promise.all([device.flush(), device.flush(), device.flush(), device.flush()]);
    expect(most).toBe(1);
    expect(syncsOf(local)).toBeLessThanOrEqual(4);
  });
});

describe('with a cloud', () => {
  it('syncs at the start, every five minutes, and when the network is back', async () => {
    const cloud = new PlainPersistence();
    const { world } = await open({ cloud });
    await world.pass(0);
    expect(syncsOf(cloud)).toBe(1);
    await world.pass(5 * MINUTE - 1);
    expect(syncsOf(cloud)).toBe(0);
    await world.pass(1);
    expect(syncsOf(cloud)).toBe(1);
    await world.fire('reconnect');
    expect(syncsOf(cloud)).toBe(1);
    await world.pass(5 * MINUTE);
    expect(syncsOf(cloud)).toBe(1);
  });

  it('asks nothing while there is no network', async () => {
    const cloud = new PlainPersistence();
    const { world, device } = await open({ schedule: 'manual' });
    world.isOnline = false;
    await device.unload();
    const other = await open({ cloud });
    other.world.isOnline = false;
    other.repo.save({ name: 'a' });
    await other.world.pass(20 * MINUTE);
    expect(cloud.takeCalls()).toEqual([]);
    other.world.isOnline = true;
    await other.world.fire('reconnect');
    expect(cloud.blobs.has('app.Contact')).toBe(true);
  });

  it('brings what a cloud has to memory and to the other clouds', async () => {
    const [first, second] = [memoryStore(), new PlainPersistence()];
    const writer = await open({ cloud: first });
    writer.repo.save({ id: 'a', name: 'Ada' });
    await writer.device.syncNow();
    const { world, device, repo } = await open({ cloud: first });
    device.attachCloud('second', second);
    const seen: string[] = [];
    repo.observeAll().subscribe((list) => seen.push(list.map(({ name }) => name).join()));
    await world.pass(6 * MINUTE);
    expect(seen.at(-1)).toBe('Ada');
    expect(second.blobs.get('app.global')).toMatchObject({ Contact: { a: { name: 'Ada' } } });
  });

  it('waits as long as a service asks', async () => {
    const cloud = new PlainPersistence();
    cloud.before = () => {
      throw new CloudError('rate-limited', 'slow down', { retryAfterMs: 2 * MINUTE });
    };
    const { world } = await open({ cloud });
    await world.pass(0);
    cloud.takeCalls();
    await world.pass(2 * MINUTE - 1);
    expect(cloud.takeCalls()).toEqual([]);
    await world.pass(1);
    expect(cloud.takeCalls()).not.toEqual([]);
  });

  it('does not wait for a cloud that does not answer to write to the device', async () => {
    const cloud = new PlainPersistence();
    cloud.before = () => new Promise(() => undefined);
    const { world, repo, stored } = await open({ cloud });
    await world.pass(0);
    repo.save({ id: 'a', name: 'a' });
    await world.pass(300);
    expect(stored()).toEqual(['a']);
  });

  it('tells nothing more of a cloud that was taken away', async () => {
    const cloud = new PlainPersistence();
    const { world, device } = await open({ cloud });
    await world.pass(0);
    expect(device.detachCloud('cloud')).toBe(true);
    expect(device.detachCloud('cloud')).toBe(false);
    cloud.takeCalls();
    await world.pass(60 * MINUTE);
    expect(cloud.takeCalls()).toEqual([]);
    expect(device.states().map(({ tierId }) => tierId)).toEqual(['local']);
  });

  it('leaves nothing running after unload', async () => {
    const { world, device, repo } = await open({ cloud: new PlainPersistence() });
    repo.save({ name: 'a' });
    await device.unload();
    expect(world.timers).toBe(0);
    expect(world.listeners).toBe(0);
  });

  it('waits for clouds that never answer only so long at unload, and not for one after the other', async () => {
    const [silent, good, local] = [
      new PlainPersistence(),
      new PlainPersistence(),
      new PlainPersistence(),
    ];
    const { world, device, repo } = await open({ local, schedule: 'manual', cloud: silent });
    device.attachCloud('good', good);
    silent.before = () => new Promise(() => undefined);
    repo.save({ id: 'a', name: 'Ada' });
    let isEnded = false;
    const ended = device.unload().then(() => (isEnded = true));
    await world.pass(9_999);
    expect(isEnded).toBe(false);
    for (const tier of [local, good]) expect(tier.blobs.has('app.global')).toBe(true);
    await world.pass(1);
    await ended;
    expect(world.timers).toBe(0);
  });

  it('tells what did not end in time, and writes to the device however long that takes', async () => {
    const [cloud, local] = [new PlainPersistence(), new PlainPersistence()];
    const told: unknown[] = [];
    const logger = {
      debug: () => undefined,
      info: () => undefined,
      error: (...all: unknown[]) => told.push(all),
    };
    const { world, device, repo } = await open({ local, cloud, logger, schedule: { leaveMs: 50 } });
    await world.pass(1000);
    cloud.before = () => new Promise(() => undefined);
    let go: () => void = () => undefined;
    local.before = () => new Promise<void>((resolve) => (go = resolve));
    repo.save({ id: 'a', name: 'Ada' });
    const ended = device.unload();
    await world.pass(60_000);
    expect(told).toEqual([]);
    local.before = () => undefined;
    go();
    await world.pass(50);
    await ended;
    expect(local.blobs.has('app.global')).toBe(true);
    expect(JSON.stringify(told)).toContain('did not answer within 50 ms');
  });
});
