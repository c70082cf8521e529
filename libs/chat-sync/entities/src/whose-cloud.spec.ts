import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { describe, expect, it } from 'vitest';
import { messageAt } from '../../src/test-messages';
import { entityFiles, openEntityDevice } from './test-devices';

const cloudA = () => memoryCloud({ providerId: 'a' });
const [ann, bob] = ['ann', 'bob'].map((accountId) => ({ config: { accountId } }));
const refused = { ok: false, error: { code: 'foreign-vault' } };

describe('entities in a cloud of another account', () => {
  it('are refused by the vault there, whose connection they go through', async () => {
    const cloud = cloudA();
    const first = await openEntityDevice([cloud], ann);
    await first.history.save(messageAt(0));
    await first.contacts.save({ name: 'Ada' });
    await first.repositories.syncNow();
    const files = entityFiles(cloud);
    const second = await openEntityDevice([cloud], bob);
    await second.contacts.save({ name: 'Bob' });
    const asked = () => cloud.requests.filter(({ path }) => path.includes('/entities')).length;
    const before = asked();
    for (let time = 0; time < 3; time++) {
      expect(await second.repositories.syncNow()).toMatchObject(refused);
      await second.chatSync.syncMessages();
      await second.controller.advance(300_000);
    }
    expect([asked(), entityFiles(cloud), await second.names()]).toEqual([before, files, ['Bob']]);
  });

  it('are refused by what they say themselves where there are no messages, and nothing is mixed', async () => {
    const cloud = cloudA();
    const first = await openEntityDevice([cloud], ann);
    await first.contacts.save({ name: 'Ada' });
    expect(await first.repositories.syncNow()).toEqual({ ok: true });
    const files = entityFiles(cloud);
    expect(files).toHaveLength(1);
    const second = await openEntityDevice([cloud], bob);
    await second.contacts.save({ name: 'Bob' });
    expect(await second.repositories.syncNow()).toMatchObject(refused);
    expect(second.repositories.lastError()).toMatchObject({ code: 'foreign-vault' });
    expect(second.repositories.isDirty()).toBe(true);
    expect([entityFiles(cloud), await second.names()]).toEqual([files, ['Bob']]);
    for (const path of files) cloud.drop(path);
    expect(await second.repositories.syncNow()).toEqual({ ok: true });
    expect(second.repositories.lastError()).toBeNull();
    expect(entityFiles(cloud)).toHaveLength(1);
  });
});
