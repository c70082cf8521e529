import { CloudError } from '@chat-vault/cloud-storage';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { type IPersistence, memoryStore } from '@chat-vault/entity-sync';
import { describe, expect, it, vi } from 'vitest';
import { openEntityDevice } from './test-devices';

/** A device that answers nothing until it is let go on. */
function openSlowDevice() {
  const store = memoryStore();
  let letGo = (): void => undefined;
  const waiting = new Promise<void>((resolve) => (letGo = resolve));
  const begun = vi.fn();
  const close = vi.fn(async () => undefined);
  const slow: IPersistence & { close(): Promise<void> } = {
    loadData: async (key) => {
      begun();
      await waiting;
      return store.loadData(key);
    },
    storeData: (key, data) => store.storeData(key, data),
    clearData: (key) => store.clearData(key),
    close,
  };
  return { slow, begun, close, letGo: () => letGo() };
}

describe('an application that ends', () => {
  it('lets go of a device that refuses what was saved last', async () => {
    const store = memoryStore();
    const close = vi.fn(async () => undefined);
    const full: IPersistence & { close(): Promise<void> } = {
      loadData: (key) => store.loadData(key),
      storeData: async () => Promise.reject(new CloudError('quota-exceeded', 'full')),
      clearData: (key) => store.clearData(key),
      close,
    };
    const device = await openEntityDevice([], { entities: { local: () => full } });
    await device.contacts.save({ name: 'Ada' });
    device.injector.destroy();
    await expect.poll(() => close.mock.calls.length).toBe(1);
  });

  it('while the device is being read closes it, and answers with a type', async () => {
    const { slow, begun, close, letGo } = openSlowDevice();
    const device = await openEntityDevice([memoryCloud({ providerId: 'a' })], {
      entities: { local: () => slow },
    });
    const reading = device.contacts.getAll().catch((error: unknown) => error);
    const syncing = device.repositories.syncNow();
    await expect.poll(() => begun.mock.calls.length).toBeGreaterThan(0);
    device.injector.destroy();
    letGo();
    expect(await reading).toMatchObject({ code: 'closed' });
    expect(await syncing).toMatchObject({ ok: false, error: { code: 'closed' } });
    expect(close).toHaveBeenCalledTimes(1);
    expect(await device.repositories.flush()).toMatchObject({ error: { code: 'closed' } });
    expect(close).toHaveBeenCalledTimes(1);
  });
});
