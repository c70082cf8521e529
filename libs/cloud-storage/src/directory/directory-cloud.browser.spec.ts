import { afterAll, describe, expect, it } from 'vitest';
import { cloudStorageConformance } from '../testing/conformance.js';
import { directoryCloud } from './directory-cloud.js';

const bytes = new TextEncoder().encode('0123456789');
const originPrivate = async (name: string) => {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(name, { create: true });
};

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
