import { createEnvironmentInjector, runInInjectionContext, signal } from '@angular/core';
import { type MemoryCloud, memoryCloud } from '@chat-vault/cloud-storage/memory';
import { withAutoSync, withCloud } from '@chat-vault/chat-sync';
import { type IPersistence, memoryStore } from '@chat-vault/entity-sync';
import { CloudError, type CloudStorage } from '@chat-vault/cloud-storage';
import { describe, expect, it, vi } from 'vitest';
import { messageAt } from '../../src/test-messages';
import { type Contact, entityFiles, openEntityDevice } from './test-devices';

const cloudA = () => memoryCloud({ providerId: 'a' });

/** The cloud as one device sees it, which may be cut off from it. */
function reached(cloud: MemoryCloud) {
  const network = { isUp: true };
  const seen = new Proxy<CloudStorage>(cloud, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return async (...call: unknown[]) => {
        if (!network.isUp) throw new CloudError('offline', 'cut off');
        return value.apply(target, call) as unknown;
      };
    },
  });
  return { network, seen };
}

const hide = (isHidden: boolean) => {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(isHidden);
  document.dispatchEvent(new Event('visibilitychange'));
};

describe('EntityRepositories on one device', () => {
  it('keeps what is saved, and shows it as signals until the injector is destroyed', async () => {
    const device = await openEntityDevice([]);
    const { contacts, controller } = device;
    const child = createEnvironmentInjector([], device.injector);
    const chosen = signal<string | undefined>(undefined);
    const { all, one } = runInInjectionContext(child, () => ({
      all: contacts.signalAll({ sort: [{ field: 'name' }] }),
      one: contacts.signal(chosen),
    }));
    expect([all(), one()]).toEqual([[], null]);
    const ada = await contacts.save({ name: 'Ada' });
    const [bob] = await contacts.saveAll([{ name: 'Bob' }, { name: 'Cyd' }]);
    chosen.set(ada);
    await controller.settle();
    expect(all().map(({ name }) => name)).toEqual(['Ada', 'Bob', 'Cyd']);
    expect(one()).toMatchObject({ id: ada, name: 'Ada', version: 1 });
    chosen.set(bob);
    await controller.settle();
    expect(one()?.name).toBe('Bob');
    expect(await contacts.delete(bob ?? '')).toBe(true);
    expect([one(), all().length]).toEqual([null, 2]);
    child.destroy();
    await contacts.save({ name: 'Dan' });
    await controller.settle();
    expect(all()).toHaveLength(2);
    expect(await device.names()).toEqual(['Ada', 'Cyd', 'Dan']);
    expect(await contacts.get(ada)).toMatchObject({ name: 'Ada' });
  });

  it('tells once of what was saved together', async () => {
    const { contacts } = await openEntityDevice([]);
    const seen: number[] = [];
    const subscription = contacts.observeAll().subscribe((all) => seen.push(all.length));
    await contacts.saveAll([{ name: 'Ada' }, { name: 'Bob' }]);
    expect(seen).toEqual([0, 2]);
    subscription.unsubscribe();
  });

  it('is on the device after two seconds, with flush, and when the page is hidden', async () => {
    const local = memoryStore();
    const device = await openEntityDevice([], { entities: { local: () => local } });
    const stored = async () => {
      const data = (await local.loadData('app.Contact')) as { Contact?: object } | null;
      return Object.keys(data?.Contact ?? {}).length;
    };
    const { contacts, controller, repositories } = device;
    await contacts.save({ name: 'Ada' });
    expect(repositories.isDirty()).toBe(true);
    expect(await stored()).toBe(0);
    await controller.advance(2_000);
    expect(await stored()).toBe(1);
    expect(repositories.isDirty()).toBe(false);
    await contacts.save({ name: 'Bob' });
    expect(await repositories.flush()).toEqual({ ok: true });
    expect(await stored()).toBe(2);
    await contacts.save({ name: 'Cyd' });
    hide(true);
    await controller.settle();
    expect(await stored()).toBe(3);
    await contacts.save({ name: 'Dan' });
    device.injector.destroy();
    await expect.poll(stored).toBe(4);
    expect(await contacts.save({ name: 'Eve' }).catch(({ code }) => code)).toBe('not-loaded');
  });

  it('says why the device refuses, and goes on when it does not', async () => {
    const local = memoryStore();
    let isFull = true;
    const full: IPersistence = {
      loadData: (key) => local.loadData(key),
      clearData: (key) => local.clearData(key),
      storeData: async (key, data) => {
        if (isFull) throw new CloudError('quota-exceeded', 'full');
        await local.storeData(key, data);
      },
    };
    const device = await openEntityDevice([], { entities: { local: () => full } });
    const { contacts, controller, repositories } = device;
    await contacts.save({ name: 'Ada' });
    await controller.advance(2_000);
    expect(repositories.lastError()).toMatchObject({ code: 'quota-exceeded' });
    expect(await repositories.flush()).toMatchObject({
      ok: false,
      error: { code: 'quota-exceeded' },
    });
    isFull = false;
    await controller.advance(300_000);
    expect([repositories.lastError(), repositories.isDirty()]).toEqual([null, false]);
  });

  it('refuses what cannot be kept, with a type', async () => {
    const { contacts, repositories, names } = await openEntityDevice([]);
    const bad = { name: 'Ada', call: () => undefined } as Contact;
    await expect(contacts.save(bad)).rejects.toMatchObject({ code: 'invalid-entity' });
    expect(await names()).toEqual([]);
    expect(() => repositories.repo('deleted')).toThrowError('no entity may be named');
  });
});

describe('EntityRepositories with clouds', () => {
  it('shows on another device what was saved, changed and deleted, after syncs of messages', async () => {
    const cloud = cloudA();
    const [left, right] = [await openEntityDevice([cloud]), await openEntityDevice([cloud])];
    const shown = runInInjectionContext(right.injector, () => right.contacts.signalAll());
    const ada = await left.contacts.save({ name: 'Ada' });
    const bob = await left.contacts.save({ name: 'Bob' });
    expect(await left.chatSync.syncMessages()).toMatchObject({ ok: true });
    expect(await right.chatSync.syncMessages()).toMatchObject({ ok: true });
    await right.controller.settle();
    expect(shown().map(({ name }) => name)).toEqual(['Ada', 'Bob']);
    await right.contacts.save({ ...(await right.contacts.get(ada)), name: 'Ada L.' });
    await left.contacts.delete(bob);
    await left.contacts.save({ name: 'Cyd' });
    for (const device of [left, right, left])
      expect(await device.repositories.syncNow()).toEqual({ ok: true });
    expect(await left.names()).toEqual(['Ada L.', 'Cyd']);
    expect(await right.names()).toEqual(['Ada L.', 'Cyd']);
    expect(left.repositories.isDirty()).toBe(false);
    expect(left.repositories.lastSyncedAt()).toEqual(new Date(Date.UTC(2026, 0, 1, 12)));
  });

  it('only lists when nothing changed, and reads nothing again after a restart', async () => {
    const cloud = cloudA();
    const local = memoryStore();
    const open = () => openEntityDevice([cloud], { entities: { local: () => local } });
    const first = await open();
    await first.contacts.save({ name: 'Ada' });
    await first.repositories.syncNow();
    const before = cloud.requests.length;
    const entityRequests = () =>
      cloud.requests.slice(before).filter(({ path }) => path.includes('entities'));
    await first.chatSync.syncMessages();
    expect(entityRequests().map(({ kind }) => kind)).toEqual(['list']);
    first.injector.destroy();
    const again = await open();
    await again.repositories.syncNow();
    expect(await again.names()).toEqual(['Ada']);
    expect(entityRequests().map(({ kind }) => kind)).not.toContain('read');
  });

  it('asks a cloud nothing before its messages tell whose it is', async () => {
    const cloud = cloudA();
    const ann = await openEntityDevice([cloud], { config: { accountId: 'ann' } });
    await ann.history.save(messageAt(0));
    await ann.contacts.save({ name: 'Ada' });
    await ann.repositories.syncNow();
    const before = entityFiles(cloud);
    const bob = await openEntityDevice([cloud], { config: { accountId: 'bob' } });
    await bob.contacts.save({ name: 'Bob' });
    expect(await bob.contacts.getAll()).toHaveLength(1);
    expect(await bob.repositories.syncNow()).toMatchObject({
      ok: false,
      error: { code: 'foreign-vault' },
    });
    await bob.controller.advance(600_000);
    expect(entityFiles(cloud)).toEqual(before);
    expect(await bob.names()).toEqual(['Bob']);
  });

  it('goes on after a network was away, and loses nothing meanwhile', async () => {
    const cloud = cloudA();
    const { network, seen } = reached(cloud);
    const device = await openEntityDevice([], { features: [withCloud(() => seen)] });
    await device.chatSync.connect('a');
    await device.repositories.syncNow();
    network.isUp = false;
    await device.contacts.save({ name: 'Ada' });
    expect(await device.repositories.syncNow()).toMatchObject({
      ok: false,
      error: { code: 'offline' },
    });
    expect(device.repositories.lastError()).toMatchObject({ code: 'offline' });
    expect(device.repositories.isDirty()).toBe(true);
    network.isUp = true;
    expect(await device.chatSync.syncMessages()).toMatchObject({ ok: true });
    expect([device.repositories.lastError(), device.repositories.isDirty()]).toEqual([null, false]);
    const other = await openEntityDevice([cloud]);
    expect(await other.repositories.syncNow()).toEqual({ ok: true });
    expect(await other.names()).toEqual(['Ada']);
  });

  it('syncs by itself after writes, at its times, and when the page is hidden', async () => {
    const cloud = cloudA();
    const features = [withAutoSync()];
    const device = await openEntityDevice([cloud], { features });
    await device.controller.settle();
    await device.contacts.save({ name: 'Ada' });
    await device.controller.advance(4_000);
    expect(entityFiles(cloud)).toHaveLength(0);
    await device.controller.advance(1_000);
    expect(entityFiles(cloud)).toHaveLength(1);
    await device.contacts.save({ name: 'Bob' });
    hide(true);
    await device.controller.settle();
    expect(entityFiles(cloud)).toHaveLength(2);
    hide(false);
    const other = await openEntityDevice([cloud]);
    await other.contacts.save({ name: 'Cyd' });
    await other.repositories.syncNow();
    await device.controller.advance(300_000);
    expect(await device.names()).toEqual(['Ada', 'Bob', 'Cyd']);
  });

  it('ends with the connection, and brings everything to the next cloud', async () => {
    const [cloud, next] = [cloudA(), memoryCloud({ providerId: 'b' })];
    const device = await openEntityDevice([cloud, next]);
    await device.chatSync.disconnect('b');
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.syncNow();
    await device.chatSync.disconnect('a', { forget: true });
    const requests = cloud.requests.length;
    await device.contacts.save({ name: 'Bob' });
    expect(await device.repositories.syncNow()).toEqual({ ok: true });
    expect(device.repositories.lastSyncedAt()).toBeNull();
    expect(cloud.requests).toHaveLength(requests);
    await device.chatSync.connect('b');
    await device.repositories.syncNow();
    const other = await openEntityDevice([next]);
    await other.repositories.syncNow();
    expect(await other.names()).toEqual(['Ada', 'Bob']);
  });

  it('does not connect again what was disconnected while messages or entities were synced', async () => {
    for (const folder of ['deltas', 'entities']) {
      const cloud = cloudA();
      const device = await openEntityDevice([cloud]);
      await device.contacts.save({ name: 'Ada' });
      const list = cloud.list.bind(cloud);
      let left: Promise<unknown> | undefined;
      cloud.list = async (...call) => {
        if (call[0].endsWith(folder)) left ??= device.chatSync.disconnect('a');
        return list(...call);
      };
      await device.repositories.syncNow();
      expect(await left).toEqual({ ok: true });
      await device.controller.advance(600_000);
      expect(device.state('a')).toMatchObject({ isConnected: false, isConnecting: false });
      expect(device.repositories.lastError()).toBeNull();
      expect(entityFiles(cloud)).toEqual([]);
    }
  });

  it('does not let go of a cloud that is moved before all of it is at the new one', async () => {
    const [cloud, next] = [cloudA(), memoryCloud({ providerId: 'b' })];
    const elsewhere = await openEntityDevice([cloud]);
    const device = await openEntityDevice([cloud, next]);
    await device.history.save(messageAt(0));
    await device.repositories.syncNow();
    await elsewhere.contacts.save({ name: 'Eve' });
    await elsewhere.repositories.syncNow();
    await device.contacts.save({ name: 'Ada' });
    const create = next.create.bind(next);
    let isFull = true;
    next.create = async (path, ...call) => {
      if (isFull && path.includes('/entities/')) throw new CloudError('quota-exceeded', path);
      return create(path, ...call);
    };
    const move = () => device.chatSync.migrate('a', 'b', { release: true });
    expect(await move()).toMatchObject({ ok: false, error: { code: 'quota-exceeded' } });
    expect(device.state('a')?.isConnected).toBe(true);
    isFull = false;
    expect(await move()).toMatchObject({ ok: true });
    expect(device.state('a')?.isConnected).toBe(false);
    const other = await openEntityDevice([next]);
    await other.repositories.syncNow();
    expect(await other.names()).toEqual(['Ada', 'Eve']);
  });

  it('says what is damaged in a cloud', async () => {
    const cloud = cloudA();
    const device = await openEntityDevice([cloud]);
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.syncNow();
    const [path = ''] = entityFiles(cloud);
    cloud.poke(path, new Uint8Array(cloud.peek(path)?.length ?? 0));
    expect(await device.repositories.verify()).toMatchObject({
      ok: true,
      reports: { 'cloud:a': { problems: [{ path }] } },
    });
  });
});
