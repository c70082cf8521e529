import { type RecoverySecret, withEncryption } from '@chat-vault/chat-sync/encryption';
import { CloudError } from '@chat-vault/cloud-storage';
import { type MemoryCloud, memoryCloud } from '@chat-vault/cloud-storage/memory';
import { memoryStore } from '@chat-vault/entity-sync';
import { describe, expect, it } from 'vitest';
import { encrypt, typedOf } from '../../src/encryption/test-encryption';
import { entityFiles, type EntityDeviceOptions, openEntityDevice } from './test-devices';

const passphrase = 'correct horse battery';
const next = 'another battery staple';
const DAY_MS = 24 * 60 * 60 * 1000;

const open = (clouds: readonly MemoryCloud[], options: EntityDeviceOptions = {}) =>
  openEntityDevice(clouds, { ...options, features: [withEncryption()] });
type Device = Awaited<ReturnType<typeof open>>;

/** Changes the key and the passphrase, as a person does. */
async function rotate({ chatSync }: Device): Promise<void> {
  const begun = await chatSync.rotateKeys({ passphrase }, { passphrase: next });
  if (!begun.ok) throw begun.error;
  const confirmed = await chatSync.confirmRecovery(typedOf(begun.report));
  if (!confirmed.ok) throw confirmed.error;
}

/** The ids of the keys that files of entities were sealed with. */
const keysOf = (cloud: MemoryCloud, paths = entityFiles(cloud)) =>
  new Set(paths.map((path) => String(cloud.peek(path)?.slice(5, 21))));

async function unlocked(clouds: readonly MemoryCloud[], secret: RecoverySecret) {
  const device = await open(clouds);
  const result = await device.chatSync.unlock(secret);
  if (!result.ok) throw result.error;
  return device;
}

describe('entities whose key is changed', () => {
  it('are written anew with the new key by the sync that follows, and the old files are needed no more', async () => {
    const cloud = memoryCloud({ providerId: 'a' });
    const device = await open([cloud]);
    await encrypt(device);
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.repo('Label').save({});
    await device.repositories.syncNow();
    const before = entityFiles(cloud);
    await rotate(device);
    expect(await device.repositories.syncNow()).toEqual({ ok: true });
    const after = entityFiles(cloud).filter((path) => !before.includes(path));
    expect(after).toHaveLength(2);
    expect(keysOf(cloud, after).size).toBe(1);
    expect([...keysOf(cloud, after)]).not.toEqual([...keysOf(cloud, before)]);
    for (const path of before) cloud.drop(path);
    const other = await unlocked([cloud], { passphrase: next });
    expect(await other.repositories.syncNow()).toEqual({ ok: true });
    expect(await other.names()).toEqual(['Ada']);
    const requests = cloud.requests.length;
    for (const one of [device, other]) await one.repositories.syncNow();
    const later = cloud.requests.slice(requests).filter(({ path }) => path.includes('/entities'));
    expect(later.map(({ kind }) => kind)).toEqual(['list', 'list']);
  });

  it('are not said to be synced on a device that has not got the new one, and come in when it has', async () => {
    const cloud = memoryCloud({ providerId: 'a' });
    const device = await open([cloud]);
    await encrypt(device);
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.syncNow();
    const late = await unlocked([cloud], { passphrase });
    expect(await late.repositories.syncNow()).toEqual({ ok: true });
    await rotate(device);
    await device.contacts.save({ name: 'Bob' });
    await device.repositories.syncNow();
    await late.contacts.save({ name: 'Cyd' });
    for (let time = 0; time < 2; time++) {
      expect(await late.repositories.syncNow()).toMatchObject({
        ok: false,
        error: { code: 'locked' },
      });
      expect(late.repositories.lastError()).toMatchObject({ code: 'locked' });
      expect(late.chatSync.encryption()).toEqual({ state: 'locked', isKeyNew: true });
    }
    expect(await late.names()).toEqual(['Ada', 'Cyd']);
    expect(await late.chatSync.unlock({ passphrase: next })).toMatchObject({ ok: true });
    expect(await late.repositories.syncNow()).toEqual({ ok: true });
    expect(late.repositories.lastError()).toBeNull();
    expect(await late.names()).toEqual(['Ada', 'Bob', 'Cyd']);
    await device.repositories.syncNow();
    expect(await device.names()).toEqual(['Ada', 'Bob', 'Cyd']);
  });

  it('are removed in their old form a week later, though nobody writes to the same key', async () => {
    let now = Date.UTC(2026, 0, 1, 12);
    const cloud = memoryCloud({ providerId: 'a', now: () => now });
    const device = await open([cloud]);
    await encrypt(device);
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.syncNow();
    await rotate(device);
    await device.repositories.syncNow();
    expect(entityFiles(cloud)).toHaveLength(2);
    now += 8 * DAY_MS;
    await device.controller.advance(8 * DAY_MS);
    await device.repositories.repo('Label').save({});
    await device.repositories.syncNow();
    await device.repositories.syncNow();
    expect(entityFiles(cloud)).toHaveLength(2);
    expect(keysOf(cloud).size).toBe(1);
    expect(await device.names()).toEqual(['Ada']);
  });

  it('are written anew after a restart, too, when the page was closed at once', async () => {
    const cloud = memoryCloud({ providerId: 'a' });
    const local = memoryStore();
    const device = await open([cloud], { entities: { local: () => local } });
    await encrypt(device);
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.syncNow();
    const create = cloud.create.bind(cloud);
    cloud.create = async (path, ...call) => {
      if (path.includes('/entities/')) throw new CloudError('offline', 'the page was closed');
      return create(path, ...call);
    };
    await rotate(device);
    device.injector.destroy();
    cloud.create = create;
    const before = entityFiles(cloud);
    const again = await open([cloud], { entities: { local: () => local } });
    await again.chatSync.unlock({ passphrase: next });
    expect(await again.repositories.syncNow()).toEqual({ ok: true });
    const after = entityFiles(cloud).filter((path) => !before.includes(path));
    expect(after).toHaveLength(1);
    expect(keysOf(cloud).size).toBe(2);
  });

  it('go on to be synced with one cloud while another one is full', async () => {
    const [cloud, full] = ['a', 'b'].map((providerId) => memoryCloud({ providerId })) as [
      MemoryCloud,
      MemoryCloud,
    ];
    const device = await open([full, cloud]);
    await encrypt(device);
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.syncNow();
    const create = full.create.bind(full);
    full.create = async (path, ...call) => {
      if (path.includes('/entities/')) throw new CloudError('quota-exceeded', 'full');
      return create(path, ...call);
    };
    const before = entityFiles(cloud);
    await rotate(device);
    expect(await device.repositories.syncNow()).toMatchObject({
      ok: false,
      error: { code: 'quota-exceeded' },
    });
    expect(entityFiles(cloud)).toHaveLength(before.length + 1);
    full.create = create;
    expect(await device.repositories.syncNow()).toEqual({ ok: true });
    expect(entityFiles(full)).toHaveLength(2);
    expect(device.repositories.lastError()).toBeNull();
  });
});
