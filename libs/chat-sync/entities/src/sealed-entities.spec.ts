import { withEncryption } from '@chat-vault/chat-sync/encryption';
import { type MemoryCloud, memoryCloud } from '@chat-vault/cloud-storage/memory';
import { gzipCodec } from '@chat-vault/core';
import { memoryStore } from '@chat-vault/entity-sync';
import { cloudTier } from '@chat-vault/entity-sync/cloud';
import { rotateVaultKey } from '@chat-vault/core/sealed';
import { keptFiles, newKeyringId, storeKeyring } from '@chat-vault/vault-engine/keyring';
import { describe, expect, it } from 'vitest';
import { entityFiles, type EntityDeviceOptions, openEntityDevice } from './test-devices';

const passphrase = 'correct horse battery';
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
const cloudA = () => memoryCloud({ providerId: 'a' });

const open = (clouds: readonly MemoryCloud[], options: EntityDeviceOptions = {}) =>
  openEntityDevice(clouds, { ...options, features: [withEncryption()] });
type Device = Awaited<ReturnType<typeof open>>;

/** Turns encryption on, as a person does. */
async function encrypt({ chatSync }: Device): Promise<void> {
  const enabled = await chatSync.enableEncryption({ passphrase });
  if (!enabled.ok) throw enabled.error;
  const { recoveryCode, groups } = enabled.report;
  const all = recoveryCode.split('-');
  const confirmed = await chatSync.confirmRecovery(groups.map((group) => all[group - 1] ?? ''));
  if (!confirmed.ok) throw confirmed.error;
}

/** Puts a key of the next generation into the cloud, as another application would. */
async function rotate({ controller }: Device, cloud: MemoryCloud, next: string): Promise<void> {
  const storage = await controller.storage();
  const place = { storage, cloud };
  const secret = { kind: 'passphrase', passphrase: next } as const;
  const environment = {
    random: (length: number) => Uint8Array.from({ length }, (_, at) => (at * 37 + 11) & 255),
    passphraseCost: { memoryKiB: 19 * 1024, passes: 1, lanes: 1 },
  };
  const rotated = await rotateVaultKey(
    await keptFiles(place),
    { current: { kind: 'passphrase', passphrase }, next: [secret] },
    { newId: newKeyringId, environment },
  );
  await storeKeyring(place, rotated, [secret]);
}

const isSealed = (path: string) => path.endsWith('.enc');
const sealedFiles = (cloud: MemoryCloud) => entityFiles(cloud).filter(isSealed);
const plainFiles = (cloud: MemoryCloud) => entityFiles(cloud).filter((path) => !isSealed(path));

describe('entities in an encrypted vault', () => {
  it('are sealed, with nothing in their names', async () => {
    const cloud = cloudA();
    const device = await open([cloud]);
    await encrypt(device);
    await device.contacts.save({ name: 'Ada' });
    expect(await device.repositories.syncNow()).toEqual({ ok: true });
    expect(sealedFiles(cloud)).toHaveLength(1);
    expect(plainFiles(cloud)).toEqual([]);
    expect(sealedFiles(cloud)[0]).not.toContain('Contact');
  });

  it('that were plain are written anew when it is turned on, and the plain files are needed no more', async () => {
    const cloud = cloudA();
    const device = await open([cloud]);
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.repo('Label').save({});
    await device.repositories.syncNow();
    const plain = plainFiles(cloud);
    expect(plain).toHaveLength(2);
    await encrypt(device);
    expect(sealedFiles(cloud)).toHaveLength(2);
    expect(plainFiles(cloud)).toEqual(plain);
    for (const path of plain) cloud.drop(path);
    const other = await open([cloud]);
    await other.chatSync.unlock({ passphrase });
    expect(await other.repositories.syncNow()).toEqual({ ok: true });
    expect(await other.names()).toEqual(['Ada']);
    expect(await other.repositories.repo('Label').getAll()).toHaveLength(1);
    expect(sealedFiles(cloud)).toHaveLength(2);
  });

  it('are removed in their plain form a week later', async () => {
    let now = Date.UTC(2026, 0, 1, 12);
    const cloud = memoryCloud({ providerId: 'a', now: () => now });
    const device = await open([cloud]);
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.syncNow();
    await encrypt(device);
    expect(plainFiles(cloud)).toHaveLength(1);
    now += WEEK_MS + 1;
    await device.controller.advance(WEEK_MS + 1);
    await device.contacts.save({ name: 'Bob' });
    await device.repositories.syncNow();
    await device.contacts.save({ name: 'Cyd' });
    await device.repositories.syncNow();
    expect(plainFiles(cloud)).toEqual([]);
    expect(await device.names()).toEqual(['Ada', 'Bob', 'Cyd']);
  });

  it('wait while a device has no key, and go on after it is unlocked', async () => {
    const cloud = cloudA();
    const device = await open([cloud]);
    await device.contacts.save({ name: 'Ada' });
    await encrypt(device);
    await device.repositories.syncNow();
    const other = await open([cloud]);
    await other.contacts.save({ name: 'Bob' });
    const asked = () => cloud.requests.filter(({ path }) => path.includes('/entities')).length;
    const [before, files] = [asked(), entityFiles(cloud)];
    expect(await other.repositories.syncNow()).toMatchObject({
      ok: false,
      error: { code: 'locked' },
    });
    await other.controller.advance(600_000);
    expect([asked(), entityFiles(cloud)]).toEqual([before, files]);
    expect(await other.names()).toEqual(['Bob']);
    expect(await other.chatSync.unlock({ passphrase })).toMatchObject({ ok: true });
    expect(await other.repositories.syncNow()).toEqual({ ok: true });
    expect(await other.names()).toEqual(['Ada', 'Bob']);
    expect(plainFiles(cloud)).toEqual([]);
  });

  it('stay on a device that is locked again, and are not sent', async () => {
    const cloud = cloudA();
    const device = await open([cloud]);
    await encrypt(device);
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.syncNow();
    await device.chatSync.lock();
    await device.controller.settle();
    const requests = cloud.requests.length;
    await device.contacts.save({ name: 'Bob' });
    await device.controller.advance(10_000);
    expect(await device.repositories.syncNow()).toMatchObject({ error: { code: 'locked' } });
    expect(cloud.requests.slice(requests).filter(({ kind }) => kind === 'create')).toEqual([]);
    await device.chatSync.unlock({ passphrase });
    expect(await device.repositories.syncNow()).toEqual({ ok: true });
    expect(sealedFiles(cloud).length).toBeGreaterThan(1);
  });

  it('that others put there unsealed are not believed', async () => {
    const cloud = cloudA();
    const local = memoryStore();
    const device = await open([cloud], { entities: { local: () => local } });
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.syncNow();
    await encrypt(device);
    const planted = cloudTier(cloud, gzipCodec(), { now: () => Date.UTC(2026, 0, 2) });
    const updatedAt = new Date(Date.UTC(2026, 0, 2));
    await planted.mergeData('app.Contact', {
      Contact: { 'Contact.mallory00000': { id: 'Contact.mallory00000', updatedAt } },
    });
    await device.repositories.syncNow();
    expect(await device.names()).toEqual(['Ada']);
    const other = await open([cloud]);
    await other.chatSync.unlock({ passphrase });
    await other.repositories.syncNow();
    expect(await other.names()).toEqual(['Ada']);
  });

  it('of a device that was plain a moment longer come in when it is unlocked', async () => {
    const cloud = cloudA();
    const [first, second] = [await open([cloud]), await open([cloud])];
    await second.repositories.syncNow();
    await first.contacts.save({ name: 'Ada' });
    await encrypt(first);
    await second.contacts.save({ name: 'Bob' });
    await second.repositories.syncNow();
    await second.chatSync.unlock({ passphrase });
    expect(await second.repositories.syncNow()).toEqual({ ok: true });
    await first.repositories.syncNow();
    expect(await first.names()).toEqual(['Ada', 'Bob']);
    expect(await second.names()).toEqual(['Ada', 'Bob']);
  });

  it('are plain again when it is turned off, and sealed ones are read there', async () => {
    const cloud = cloudA();
    const device = await open([cloud]);
    await encrypt(device);
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.syncNow();
    expect(await device.chatSync.disableEncryption({ passphrase })).toMatchObject({ ok: true });
    await device.contacts.save({ name: 'Bob' });
    expect(await device.repositories.syncNow()).toEqual({ ok: true });
    expect(await device.names()).toEqual(['Ada', 'Bob']);
    for (const path of sealedFiles(cloud)) cloud.drop(path);
    const reader = cloudTier(cloud, gzipCodec(), { now: () => Date.UTC(2026, 0, 2) });
    const data = (await reader.loadData('app.Contact')) as { Contact: object };
    expect(Object.values(data.Contact)).toHaveLength(2);
  });

  it('are read with the keys from before and sealed with the new one after a rotation', async () => {
    const cloud = cloudA();
    const device = await open([cloud]);
    await encrypt(device);
    await device.contacts.save({ name: 'Ada' });
    await device.repositories.syncNow();
    const before = sealedFiles(cloud);
    const next = 'another battery staple';
    await rotate(device, cloud, next);
    expect(await device.chatSync.unlock({ passphrase: next })).toMatchObject({ ok: true });
    await device.contacts.save({ name: 'Bob' });
    expect(await device.repositories.syncNow()).toEqual({ ok: true });
    expect(sealedFiles(cloud).length).toBeGreaterThan(before.length);
    const other = await open([cloud]);
    await other.chatSync.unlock({ passphrase: next });
    expect(await other.repositories.syncNow()).toEqual({ ok: true });
    expect(await other.names()).toEqual(['Ada', 'Bob']);
  });
});
