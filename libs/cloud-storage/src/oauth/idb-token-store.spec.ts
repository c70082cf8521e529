import { IDBFactory } from 'fake-indexeddb';
import { describe, expect, it } from 'vitest';
import { idbTokenStore } from './idb-token-store.js';

describe('idbTokenStore', () => {
  it('keeps, replaces and deletes tokens by key', async () => {
    const store = idbTokenStore(new IDBFactory());
    expect(await store.get('a')).toBeUndefined();
    await store.set('a', { refreshToken: '1' });
    await store.set('b', { refreshToken: '2' });
    await store.set('a', { refreshToken: '3' });
    expect(await store.get('a')).toEqual({ refreshToken: '3' });
    await store.delete('a');
    await store.delete('a');
    expect(await store.get('a')).toBeUndefined();
    expect(await store.get('b')).toEqual({ refreshToken: '2' });
  });

  it('finds what another tab, or an earlier start, kept', async () => {
    const factory = new IDBFactory();
    await idbTokenStore(factory).set('a', { refreshToken: '1' });
    expect(await idbTokenStore(factory).get('a')).toEqual({ refreshToken: '1' });
  });

  it('serves calls at once', async () => {
    const store = idbTokenStore(new IDBFactory());
    const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`);
    await Promise.all(keys.map((key) => store.set(key, { refreshToken: key })));
    const kept = await Promise.all(keys.map((key) => store.get(key)));
    expect(kept.map((tokens) => tokens?.refreshToken)).toEqual(keys);
  });

  it('rejects when the browser refuses', async () => {
    const refusing = {
      open: () => {
        throw new DOMException('no', 'SecurityError');
      },
    } as unknown as IDBFactory;
    await expect(idbTokenStore(refusing).get('a')).rejects.toThrow('no');
    await expect(idbTokenStore(undefined).get('a')).rejects.toThrow(TypeError);
  });
});
