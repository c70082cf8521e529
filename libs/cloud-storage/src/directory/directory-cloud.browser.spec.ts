import { afterAll, describe, expect, it } from 'vitest';
import { cloudStorageConformance } from '../testing/conformance.js';
import { directoryCloud } from './directory-cloud.js';

const bytes = new TextEncoder().encode('0123456789');
const originPrivate = async (name: string) => {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(name, { create: true });
};

/** What the database gives back for a value, from another connection, as after a restart. */
const keptInDatabase = async (value: unknown): Promise<unknown> => {
  const open = () => {
    const request = indexedDB.open('handles', 1);
    request.onupgradeneeded = () => void request.result.createObjectStore('kept');
    return settled(request);
  };
  const first = await open();
  await settled(first.transaction('kept', 'readwrite').objectStore('kept').put(value, 'folder'));
  first.close();
  const second = await open();
  const kept = await settled(second.transaction('kept').objectStore('kept').get('folder'));
  second.close();
  return kept;
};
const settled = <Result>(request: IDBRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

describe('directoryCloud on the origin-private file system', () => {
  afterAll(async () => {
    const root = await navigator.storage.getDirectory();
    for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
  });

  cloudStorageConformance('origin-private directory', async () =>
    directoryCloud({ handle: await originPrivate('cloud') }),
  );

  it('writes over an empty file, which a page that was closed left behind', async () => {
    const handle = await originPrivate('empty');
    const cloud = directoryCloud({ handle });
    await handle.getFileHandle('file', { create: true });
    await cloud.create('file', bytes);
    expect(await cloud.read('file')).toEqual(bytes);
  });

  it('goes on with a handle that was kept in a database', async () => {
    const handle = await originPrivate('kept');
    await directoryCloud({ handle }).create('a/file', bytes);
    const kept = (await keptInDatabase(handle)) as FileSystemDirectoryHandle;
    expect(kept).not.toBe(handle);
    expect(await kept.isSameEntry(handle)).toBe(true);
    const cloud = directoryCloud({ handle: kept });
    await cloud.connect?.({ interactive: false });
    expect(await cloud.list('a')).toMatchObject([{ path: 'a/file', size: 10 }]);
    expect(await cloud.read('a/file')).toEqual(bytes);
  });

  it('stops writing when the caller gives up, and the file is not there', async () => {
    const cloud = directoryCloud({ handle: await originPrivate('given up') });
    const aborter = new AbortController();
    const writing = cloud.create('file', new Uint8Array(1 << 22), { signal: aborter.signal });
    aborter.abort();
    await expect(writing).rejects.toMatchObject({ code: 'aborted' });
    await cloud.create('file', bytes);
    expect(await cloud.read('file')).toEqual(bytes);
  });

  it('says offline when the folder itself is gone', async () => {
    const cloud = directoryCloud({ handle: await originPrivate('gone') });
    await cloud.connect?.({ interactive: false });
    await (await navigator.storage.getDirectory()).removeEntry('gone', { recursive: true });
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'offline' });
    await expect(cloud.read('a')).rejects.toMatchObject({ code: 'offline' });
  });

  it('is named after its folder', async () => {
    expect(directoryCloud({ handle: await originPrivate('chats') }).displayName).toBe('chats');
  });

  it('says that a path is for Node', () => {
    expect(() => directoryCloud({ path: '/home/anna' })).toThrow(
      expect.objectContaining({ code: 'invalid' }),
    );
  });
});
