import { CloudError } from '@chat-vault/cloud-storage';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { memoryStore } from '@chat-vault/entity-sync';
import { describe, expect, it } from 'vitest';
import { entityFiles, openEntityDevice } from './test-devices';

const clouds = () => [memoryCloud({ providerId: 'a' }), memoryCloud({ providerId: 'b' })] as const;

describe('entities in two clouds', () => {
  it('come to be the same in both, with what another device put into one', async () => {
    const [a, b] = clouds();
    const [both, left, right] = [
      await openEntityDevice([a, b]),
      await openEntityDevice([a]),
      await openEntityDevice([b]),
    ];
    await left.contacts.save({ name: 'Lea' });
    await right.contacts.save({ name: 'Rob' });
    for (const device of [left, right, both, left, right])
      expect(await device.repositories.syncNow()).toEqual({ ok: true });
    for (const device of [both, left, right]) expect(await device.names()).toEqual(['Lea', 'Rob']);
  });

  it('are synced with the one that is named only', async () => {
    const [a, b] = clouds();
    const device = await openEntityDevice([a, b]);
    expect(await device.repositories.syncNow()).toEqual({ ok: true });
    await device.contacts.save({ name: 'Ada' });
    const before = b.requests.length;
    expect(await device.repositories.syncNow('a')).toEqual({ ok: true });
    expect([entityFiles(a).length, entityFiles(b).length]).toEqual([1, 0]);
    expect(b.requests).toHaveLength(before);
    expect(device.repositories.isDirty()).toBe(true);
    expect(await device.repositories.syncNow('b')).toEqual({ ok: true });
    expect([entityFiles(b).length, device.repositories.isDirty()]).toEqual([1, false]);
    expect(await device.repositories.syncNow('c')).toMatchObject({
      ok: false,
      error: { code: 'unknown-provider' },
    });
  });

  it('are synced with the one that is named after its messages when it is new, and what the other one fails with is not told', async () => {
    const [a, b] = clouds();
    const local = memoryStore();
    const device = await openEntityDevice([a, b], { entities: { local: () => local } });
    b.list = async () => Promise.reject(new CloudError('offline', 'away'));
    await device.contacts.save({ name: 'Ada' });
    expect(await device.repositories.syncNow('a')).toEqual({ ok: true });
    expect(entityFiles(a)).toHaveLength(1);
    expect(await device.repositories.syncNow('b')).toMatchObject({ error: { code: 'offline' } });
    expect(await device.repositories.syncNow()).toMatchObject({ error: { code: 'offline' } });
    expect(await device.repositories.syncNow('a')).toEqual({ ok: true });
  });
});
