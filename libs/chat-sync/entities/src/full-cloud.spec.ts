import { CloudError } from '@chat-vault/cloud-storage';
import { type MemoryCloud, memoryCloud } from '@chat-vault/cloud-storage/memory';
import { memoryStore } from '@chat-vault/entity-sync';
import { describe, expect, it } from 'vitest';
import { messageAt } from '../../src/test-messages';
import { openEntityDevice } from './test-devices';

/** A cloud that has room, until there is none. */
function openSmallCloud() {
  const cloud = memoryCloud({ providerId: 'a' });
  const create = cloud.create.bind(cloud);
  const room = { isLeft: true };
  const small = Object.assign(cloud, {
    create: async (...call: Parameters<MemoryCloud['create']>) => {
      if (!room.isLeft) throw new CloudError('quota-exceeded', 'the cloud is full');
      return create(...call);
    },
  });
  return { cloud: small, room };
}

const full = { ok: false, error: { code: 'quota-exceeded' } };

describe('entities and a full cloud', () => {
  it('are kept here, it is shown, and they go there when there is room', async () => {
    const { cloud, room } = openSmallCloud();
    const device = await openEntityDevice([cloud]);
    await device.repositories.syncNow();
    room.isLeft = false;
    await device.contacts.save({ name: 'Ada' });
    expect(await device.repositories.syncNow()).toMatchObject(full);
    expect(device.repositories.lastError()).toMatchObject({ code: 'quota-exceeded' });
    expect(device.repositories.isDirty()).toBe(true);
    await device.contacts.save({ name: 'Bob' });
    expect(await device.names()).toEqual(['Ada', 'Bob']);
    room.isLeft = true;
    expect(await device.repositories.syncNow()).toEqual({ ok: true });
    expect([device.repositories.lastError(), device.repositories.isDirty()]).toEqual([null, false]);
    const other = await openEntityDevice([cloud]);
    await other.repositories.syncNow();
    expect(await other.names()).toEqual(['Ada', 'Bob']);
  });

  it.each([false, true])(
    'are read there after the page was opened, with a message that waits (%s)',
    async (hasMessage) => {
      const { cloud, room } = openSmallCloud();
      const local = memoryStore();
      const open = () => openEntityDevice([cloud], { entities: { local: () => local } });
      const before = await open();
      await before.contacts.save({ name: 'Ada' });
      await before.repositories.syncNow();
      before.injector.destroy();
      const elsewhere = await openEntityDevice([cloud]);
      await elsewhere.repositories.syncNow();
      await elsewhere.contacts.save({ name: 'Eve' });
      await elsewhere.repositories.syncNow();
      room.isLeft = false;
      const device = await open();
      if (hasMessage) await device.history.save(messageAt(0));
      await device.contacts.save({ name: 'Bob' });
      expect(await device.repositories.syncNow()).toMatchObject(full);
      expect(await device.names()).toEqual(['Ada', 'Bob', 'Eve']);
      expect(device.repositories.isDirty()).toBe(true);
      room.isLeft = true;
      expect(await device.repositories.syncNow()).toEqual({ ok: true });
      await elsewhere.repositories.syncNow();
      expect(await elsewhere.names()).toEqual(['Ada', 'Bob', 'Eve']);
    },
  );
});
