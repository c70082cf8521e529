import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { createKeyring, type VaultKey } from '@chat-vault/core/sealed';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeldKeys } from './held-keys';

let storage: ChatStorage;
let key: VaultKey;
let later: VaultKey;

beforeEach(async () => {
  storage = await openIdbChatStorage({ name: 'held-keys', openChannel: () => undefined });
  const newId = () => '018d5f3a-0000-7000-8000-000000000001';
  const { keys } = await createKeyring([], { newId });
  key = keys[0] as VaultKey;
  later = { ...((await createKeyring([], { newId })).keys[0] as VaultKey), generation: 1 };
});

afterEach(() => storage.destroy());

const tab = async (isKept = true) => {
  const keys = new HeldKeys({ providerIds: ['a', 'b'], isKept });
  await keys.recall(storage);
  return keys;
};

const on = new Map([['a', { mode: 'on', isDue: true } as const]]);

describe('keys of two tabs', () => {
  it('are not brought back by a tab that had not seen yet that the other one locked', async () => {
    const [here, there] = [await tab(), await tab()];
    await here.unlock(storage, [key], on);
    await there.recall(storage);
    await there.lock(storage);
    await here.write(storage, 'a', { isDue: false });
    expect(here.keyring.isLocked).toBe(true);
    expect((await tab()).keyring.isLocked).toBe(true);
    expect((await tab()).memoryOf('a')).toMatchObject({ mode: 'on', isDue: false });
  });

  it('are locked where they are kept in memory, too', async () => {
    const [here, there] = [await tab(false), await tab(false)];
    await here.unlock(storage, [key], on);
    await here.recall(storage);
    expect(here.keyring.isLocked).toBe(false);
    await there.lock(storage);
    await here.recall(storage);
    expect(here.keyring.isLocked).toBe(true);
  });

  it('are not lost by reading what is kept while they are stored', async () => {
    const here = await tab();
    await Promise.all([here.unlock(storage, [key], on), here.recall(storage)]);
    expect(here.keyring.isLocked).toBe(false);
    expect((await tab()).keyring.keys.map(({ id }) => id)).toEqual([key.id]);
  });

  it('are not lost by a tab that had not seen yet that the other one has a new one', async () => {
    const [here, there] = [await tab(), await tab()];
    await here.unlock(storage, [key], on);
    await there.recall(storage);
    await here.unlock(storage, [later], on);
    await there.write(storage, 'a', { isDue: false });
    for (const one of [there, await tab()])
      expect(one.keyring.keys.map(({ id }) => id)).toEqual([later.id, key.id]);
  });

  it('may be unlocked again after any of them locked', async () => {
    const [here, there] = [await tab(), await tab()];
    await here.unlock(storage, [key], on);
    await here.lock(storage);
    await there.unlock(storage, [key], on);
    await here.recall(storage);
    expect(here.keyring.isLocked).toBe(false);
  });
});
