import { randomUUID } from 'node:crypto';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { memoryCloud, type MemoryCloud } from '@chat-vault/cloud-storage/memory';
import { ChatVaultEngine } from '@chat-vault/vault-engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveDevice } from './testing/live-device.ts';
import { openTestDatabase, type TestDatabase } from './testing/test-databases.ts';
import { startTestWorld, type TestWorld } from './testing/test-world.ts';

const until = (holds: () => Promise<boolean>) =>
  vi.waitUntil(holds, { timeout: 50_000, interval: 5 });

let database: TestDatabase;
let world: TestWorld;
let cloud: MemoryCloud;
let devices: LiveDevice[];
beforeAll(async () => (database = await openTestDatabase('pglite')));
afterAll(() => database.close());
beforeEach(async () => {
  world = await startTestWorld(database);
  cloud = memoryCloud({ now: () => world.timers.now() });
  devices = [];
});
afterEach(async () => {
  for (const device of devices) {
    await device.close();
    await device.storage.close();
  }
  await world.close();
});

async function open(name: string): Promise<LiveDevice> {
  const { timers } = world;
  const device = await LiveDevice.open({ url: () => world.server.url, name, timers });
  devices.push(device);
  return device;
}

const sync = ({ storage }: LiveDevice, to: CloudStorage = cloud) =>
  new ChatVaultEngine({
    storage,
    cloud: to,
    locks: null,
    environment: { now: () => world.timers.now(), sleep: () => Promise.resolve() },
  }).sync();

const deltas = () => cloud.files().filter(({ path }) => path.includes('deltas/')).length;

/** One person on three devices, and a friend, in a conversation. */
async function threeDevices() {
  const name = `anna-${randomUUID()}`;
  const phone = await open(name);
  const laptop = await open(name);
  const tablet = await open(name);
  const ben = await open(`ben-${randomUUID()}`);
  const urn = `urn:chat:${randomUUID()}`;
  await phone.live.createConversation({
    conversationUrn: urn,
    title: null,
    memberIds: [ben.userId],
  });
  await until(async () => (await ben.live.conversations()).length === 1);
  return { phone, laptop, tablet, ben, urn, own: [phone, laptop, tablet] as const };
}

describe('live sync beside a vault', () => {
  it('uploads once what three devices of a person received, when they sync one after the other', async () => {
    const { own, ben, urn, phone } = await threeDevices();
    // The clouds are known before anything comes, as on devices that are set up.
    for (const device of own) await sync(device);
    for (let index = 0; index < 20; index++) await ben.live.send(ben.message(urn, `${index}`));
    await phone.live.send(phone.message(urn, 'own'));
    for (const device of own) await until(async () => (await device.texts(urn)).length === 21);
    const before = deltas();
    const uploads: number[] = [];
    for (const device of own) uploads.push((await sync(device)).recordsUploaded);
    expect(uploads).toEqual([21, 0, 0]);
    expect(deltas()).toBe(before + 1);
    for (const { storage } of own) {
      const [provider = ''] = await storage.providers();
      expect((await storage.pendingSummary(provider)).records).toBe(0);
    }
  });

  it('has the same in the vault and on all devices when they sync at the same moment', async () => {
    const { own, ben, urn } = await threeDevices();
    for (const device of own) await sync(device);
    for (let index = 0; index < 5; index++) await ben.live.send(ben.message(urn, `${index}`));
    for (const device of own) await until(async () => (await device.texts(urn)).length === 5);
    await Promise.all(own.map((device) => sync(device)));
    for (const device of own) await sync(device);
    const restored = await open(`nobody-${randomUUID()}`);
    await sync(restored);
    expect(await restored.texts(urn)).toEqual(['0', '1', '2', '3', '4']);
    expect(await restored.storage.recordCount()).toBe(5);
  });

  it('a vault that is restored beside a live account neither duplicates nor brings anything back', async () => {
    const { phone, laptop, ben, urn } = await threeDevices();
    const [kept, edited, deleted] = ['kept', 'before', 'deleted'].map((text) =>
      phone.message(urn, text),
    ) as [
      ReturnType<LiveDevice['message']>,
      ReturnType<LiveDevice['message']>,
      ReturnType<LiveDevice['message']>,
    ];
    for (const message of [kept, edited, deleted]) await phone.live.send(message);
    await until(() => phone.isAtRest());
    await sync(phone);
    const old = cloud.snapshot();
    const after = new TextEncoder().encode('after');
    await phone.live.edit({ ...edited, payloadBytes: after });
    await phone.live.delete(deleted);
    await ben.live.react(kept, '👍');
    await until(async () => (await laptop.texts(urn)).join() === 'kept,after');
    await until(() => ben.isAtRest());
    // An old copy of the vault: the edit and the deletion are not in it.
    const oldCloud = memoryCloud({ now: () => world.timers.now() });
    oldCloud.restore(old);
    for (const device of [laptop, phone]) {
      await sync(device, oldCloud);
      expect(await device.texts(urn)).toEqual(['kept', 'after']);
    }
    const fresh = await open(phone.userId);
    await sync(fresh, oldCloud);
    await until(async () => (await fresh.texts(urn)).join() === 'kept,after');
    await until(() => fresh.isAtRest());
    await sync(fresh, oldCloud);
    const history = ({ storage }: LiveDevice) =>
      storage.history({ conversationUrn: urn, limit: 9 });
    await until(async () => (await history(fresh)).reactions.length === 1);
    expect(await history(fresh)).toEqual(await history(phone));
    expect(await ben.texts(urn)).toEqual(['kept', 'after']);
    expect(await phone.live.outgoing()).toEqual([]);
  });

  it('clears a conversation on the own devices only, and what was cleared does not come again live', async () => {
    const { phone, laptop, ben, urn } = await threeDevices();
    await ben.live.send(ben.message(urn, 'old'));
    await until(async () => (await phone.texts(urn)).length === 1);
    await phone.storage.clearConversation(urn, new Date(world.timers.now() + 60_000).toISOString());
    await sync(phone);
    await until(async () => (await laptop.texts(urn)).length === 1);
    await sync(laptop);
    expect(await laptop.texts(urn)).toEqual([]);
    await laptop.live.syncNow();
    const fresh = await open(phone.userId);
    await sync(fresh);
    await until(() => fresh.isAtRest());
    expect(await fresh.texts(urn)).toEqual([]);
    expect(await ben.texts(urn)).toEqual(['old']);
  });
});
