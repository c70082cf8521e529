import { type ChatStorage, StorageError, type StorageErrorCode } from '@chat-vault/chat-storage';
import { describe, expect, it } from 'vitest';
import { expectConverged } from '../testing/convergence.js';
import { World } from '../testing/world.js';

/** Fails every call of one kind with the error. */
function failing(storage: ChatStorage, method: keyof ChatStorage, error: Error): ChatStorage {
  return new Proxy(storage, {
    get(target, name) {
      if (name === method) return () => Promise.reject(error);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const CODES: readonly StorageErrorCode[] = ['storage-full', 'storage-closed', 'upgrade-blocked'];
const METHODS = ['apply', 'updateSyncState', 'confirm', 'journalAll', 'syncState'] as const;

describe('a local storage that is full, lost its connection or is blocked', () => {
  it.each(CODES.flatMap((code) => METHODS.map((method) => ({ code, method }))))(
    'rejects with $code from $method, harms nothing in the cloud, and the next sync starts over',
    async ({ code, method }) => {
      const world = new World();
      const [ann, bob] = [await world.device(), await world.device()];
      await bob.write(3, { prefix: 'bob' });
      await bob.sync();
      await ann.write(2, { prefix: 'ann' });
      const before = world.cloud.snapshot();
      const error = new StorageError(code, `${method} failed`);
      const broken = ann.engine(undefined, failing(ann.storage, method, error));
      await expect(broken.sync()).rejects.toBe(error);
      const written = world.cloud.requests.filter(({ kind }) => kind === 'remove');
      expect(written).toEqual([]);
      for (const [folder, files] of before.folders)
        for (const [name, { bytes }] of files)
          expect(world.cloud.peek(`${folder}/${name}`)).toEqual(bytes);
      expect(await ann.sync()).toMatchObject({ recordsPending: 0 });
      await expectConverged(world, [ann, bob]);
      expect(world.cloud.files('chat-vault/deltas')).toHaveLength(2);
    },
  );
});
