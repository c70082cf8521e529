import { withEncryption } from '@chat-vault/chat-sync/encryption';
import { CloudError } from '@chat-vault/cloud-storage';
import { type MemoryCloud, memoryCloud } from '@chat-vault/cloud-storage/memory';
import { gzipCodec } from '@chat-vault/core';
import { memoryStore } from '@chat-vault/entity-sync';
import { cloudTier } from '@chat-vault/entity-sync/cloud';
import { describe, expect, it } from 'vitest';
import { encrypt } from '../../src/encryption/test-encryption';
import { entityFiles, type EntityDeviceOptions, openEntityDevice } from './test-devices';

const passphrase = 'correct horse battery';
const cloudA = () => memoryCloud({ providerId: 'a' });
const open = (clouds: readonly MemoryCloud[], options: EntityDeviceOptions = {}) =>
  openEntityDevice(clouds, { ...options, features: [withEncryption()] });
const plainFiles = (cloud: MemoryCloud) =>
  entityFiles(cloud).filter((path) => !path.endsWith('.enc'));

/** Runs something when the first file of entities is to be created, before it is. */
function beforeFirstFile(cloud: MemoryCloud, run: () => Promise<unknown>): () => Promise<unknown> {
  const create = cloud.create.bind(cloud);
  let running: Promise<unknown> | undefined;
  cloud.create = async (path, bytes, options) => {
    if (!running && path.includes('/entities/')) {
      running = run();
      const ended = new Promise((resolve) => options?.signal?.addEventListener('abort', resolve));
      await Promise.race([running, ended]);
      options?.signal?.throwIfAborted();
    }
    return create(path, bytes, options);
  };
  return async () => running;
}

describe('while entities are being synced', () => {
  it('encryption that is turned on ends what is written in plain', async () => {
    const cloud = cloudA();
    const device = await open([cloud]);
    await device.repositories.syncNow();
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.repo('Label').save({});
    const turnedOn = beforeFirstFile(cloud, () => encrypt(device));
    await device.repositories.syncNow();
    await turnedOn();
    expect(await device.repositories.syncNow()).toEqual({ ok: true });
    expect(plainFiles(cloud)).toEqual([]);
    expect(entityFiles(cloud)).toHaveLength(2);
    expect(device.repositories.lastError()).toBeNull();
  });

  it('a device that is locked ends what is written, and goes on when it is unlocked', async () => {
    const cloud = cloudA();
    const device = await open([cloud]);
    await encrypt(device);
    await device.repositories.syncNow();
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.repo('Label').save({});
    const locked = beforeFirstFile(cloud, () => device.chatSync.lock());
    await device.repositories.syncNow();
    await locked();
    expect(entityFiles(cloud).length).toBeLessThan(2);
    await device.chatSync.unlock({ passphrase });
    expect(await device.repositories.syncNow()).toEqual({ ok: true });
    expect(entityFiles(cloud)).toHaveLength(2);
  });

  it('an application that ends leaves everything on the device, and writes nothing afterwards', async () => {
    const cloud = cloudA();
    const local = memoryStore();
    const device = await open([cloud], { entities: { local: () => local } });
    await device.repositories.syncNow();
    await device.contacts.save({ name: 'Ada' });
    const ended = beforeFirstFile(cloud, async () => device.injector.destroy());
    await device.repositories.syncNow();
    await ended();
    expect(entityFiles(cloud)).toEqual([]);
    const requests = cloud.requests.length;
    await expect
      .poll(async () => JSON.stringify(await local.loadData('app.Contact')))
      .toContain('Ada');
    expect(cloud.requests).toHaveLength(requests);
    expect(await device.repositories.syncNow()).toMatchObject({ ok: false });
    const again = await open([cloud], { entities: { local: () => local } });
    expect(await again.names()).toEqual(['Ada']);
    expect(await again.repositories.syncNow()).toEqual({ ok: true });
  });
});

describe('a cloud that was forgotten', () => {
  it('has no error any more when it is connected again', async () => {
    const cloud = cloudA();
    const owner = await open([cloud]);
    await encrypt(owner);
    await owner.repositories.syncNow();
    const create = cloud.create.bind(cloud);
    const device = await open([cloud]);
    await device.chatSync.unlock({ passphrase });
    cloud.create = async () => Promise.reject(new CloudError('quota-exceeded', 'full'));
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.syncNow();
    expect(device.repositories.lastError()).toMatchObject({ code: 'quota-exceeded' });
    await device.chatSync.disconnect('a', { forget: true });
    await device.controller.settle();
    expect(device.repositories.lastError()).toBeNull();
    cloud.create = create;
    await device.chatSync.connect('a');
    expect(device.repositories.lastError()).toBeNull();
    expect(await device.repositories.syncNow()).toEqual({ ok: true });
  });

  it('is another one afterwards: plain files in an encrypted one are not believed because of it', async () => {
    const [before, after] = [cloudA(), cloudA()];
    const owner = await open([after]);
    await encrypt(owner);
    await owner.repositories.syncNow();
    const place = { is: before };
    const reached = new Proxy(before, {
      get: (_, name) => {
        const value: unknown = Reflect.get(place.is, name, place.is);
        return typeof value === 'function' ? (value.bind(place.is) as unknown) : value;
      },
    });
    const device = await open([reached]);
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.syncNow();
    await device.chatSync.disconnect('a', { forget: true });
    place.is = after;
    const updatedAt = new Date(Date.UTC(2026, 0, 2));
    await cloudTier(after, gzipCodec()).mergeData('app.Contact', {
      Contact: { 'Contact.mallory00000': { id: 'Contact.mallory00000', updatedAt } },
    });
    await device.chatSync.connect('a');
    expect(await device.repositories.syncNow()).toMatchObject({ error: { code: 'locked' } });
    expect(await device.chatSync.unlock({ passphrase })).toMatchObject({ ok: true });
    expect(await device.repositories.syncNow()).toEqual({ ok: true });
    expect(await device.names()).toEqual(['Ada']);
  });
});

describe('what is saved', () => {
  it('while a cloud fails and heals in turns comes there once, and is in no state twice', async () => {
    const cloud = cloudA();
    const device = await open([cloud]);
    await device.repositories.syncNow();
    const list = cloud.list.bind(cloud);
    for (let round = 0; round < 4; round++) {
      cloud.list = async (...call) => {
        if (call[0].endsWith('/entities')) throw new CloudError('unavailable', 'later');
        return list(...call);
      };
      await device.contacts.save({ name: `n${round}` });
      expect(await device.repositories.syncNow()).toMatchObject({ error: { code: 'unavailable' } });
      cloud.list = list;
      expect(await device.repositories.syncNow()).toEqual({ ok: true });
      expect(device.repositories.lastError()).toBeNull();
    }
    const other = await open([cloud]);
    await other.repositories.syncNow();
    expect(await other.names()).toEqual(['n0', 'n1', 'n2', 'n3']);
    expect(entityFiles(cloud)).toHaveLength(4);
  });
});
