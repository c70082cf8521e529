import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cloudStorageConformance } from '../testing/conformance.js';
import { Directory, directoryCloud } from './directory-cloud.js';
import { type NodeFileSystem } from './node-file-system.js';
import { NodeFiles } from './node-files.js';

const bytes = new TextEncoder().encode('0123456789');
let root = '';
beforeEach(async () => {
  root = await fs.mkdtemp(join(tmpdir(), 'chat-vault-directory-'));
});
afterEach(() => fs.rm(root, { recursive: true, force: true }));

/** The driver on Node's file system with some calls replaced. */
const withFs = (calls: Partial<NodeFileSystem>) =>
  new Directory(new NodeFiles(root, { ...fs, ...calls } as NodeFileSystem), 'test', 'Test');
const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

cloudStorageConformance('directory in Node', () => directoryCloud({ path: root }), {
  plant: (path, planted) => fs.writeFile(join(root, path), planted),
});
cloudStorageConformance(
  'directory in Node, without hard links',
  () => withFs({ link: failing('EPERM') }),
  { folderFiles: 50 },
);

describe('directoryCloud in Node', () => {
  it('is named after its folder unless told otherwise', () => {
    expect(directoryCloud({ path: '/media/anna/Stick/' })).toMatchObject({
      providerId: 'directory',
      displayName: 'Stick',
    });
    expect(directoryCloud({ path: '/', providerId: 'usb', displayName: 'USB' })).toMatchObject({
      providerId: 'usb',
      displayName: 'USB',
    });
  });

  it('leaves nothing but the file, and shows no half-written one', async () => {
    const cloud = directoryCloud({ path: root });
    await cloud.create('a/file', bytes);
    expect(await fs.readdir(join(root, 'a'))).toEqual(['file']);
    await fs.writeFile(join(root, 'a/.chat-vault-0-1.tmp'), 'half');
    expect((await cloud.list('a')).map(({ path }) => path)).toEqual(['a/file']);
  });

  it('never has a torn file under its own name when writing fails', async () => {
    const cloud = withFs({
      open: async (path, flags) => {
        const file = await fs.open(path, flags);
        if (flags === 'wx') {
          file.writeFile = async () => {
            await file.write(bytes.subarray(0, 3));
            throw Object.assign(new Error('full'), { code: 'ENOSPC' });
          };
        }
        return file;
      },
    });
    await expect(cloud.create('a/file', bytes)).rejects.toMatchObject({ code: 'quota-exceeded' });
    expect(await fs.readdir(join(root, 'a'))).toEqual([]);
  });

  it('says offline when the folder itself is gone, and never makes it', async () => {
    const cloud = directoryCloud({ path: join(root, 'unplugged') });
    const offline = { code: 'offline' };
    await expect(cloud.connect?.({ interactive: true })).rejects.toMatchObject(offline);
    await expect(cloud.list('a')).rejects.toMatchObject(offline);
    await expect(cloud.listFolders('')).rejects.toMatchObject(offline);
    await expect(cloud.read('a/file')).rejects.toMatchObject(offline);
    await expect(cloud.create('a/file', bytes)).rejects.toMatchObject(offline);
    await expect(cloud.remove('a/file')).rejects.toMatchObject(offline);
    expect(await fs.readdir(root)).toEqual([]);
  });

  it.each([
    ['EACCES', 'forbidden'],
    ['EROFS', 'forbidden'],
    ['ENOSPC', 'quota-exceeded'],
    ['EDQUOT', 'quota-exceeded'],
    ['ENAMETOOLONG', 'invalid'],
    ['EMFILE', 'unavailable'],
    ['EIO', 'unavailable'],
  ])('maps %s to %s', async (systemCode, code) => {
    const cloud = withFs({ open: failing(systemCode), readdir: failing(systemCode) });
    await expect(cloud.create('a/file', bytes)).rejects.toMatchObject({ code });
    await expect(cloud.read('a/file')).rejects.toMatchObject({ code });
    await expect(cloud.list('a')).rejects.toMatchObject({ code });
  });

  it('refuses a file where a folder is wanted, and the other way round', async () => {
    const cloud = directoryCloud({ path: root });
    await cloud.create('a/file', bytes);
    await expect(cloud.create('a/file/deeper', bytes)).rejects.toMatchObject({ code: 'invalid' });
    await expect(cloud.read('a')).rejects.toMatchObject({ code: 'not-found' });
    expect(await cloud.list('a/file')).toEqual([]);
  });

  it('never leaves its folder, whatever the path', async () => {
    const cloud = directoryCloud({ path: join(root) });
    for (const path of ['../outside', 'a/../../outside', '/etc/passwd', 'a\\..\\b', 'a\0b']) {
      await expect(cloud.create(path, bytes)).rejects.toMatchObject({ code: 'invalid' });
      await expect(cloud.read(path)).rejects.toMatchObject({ code: 'invalid' });
    }
    expect(await fs.readdir(root)).toEqual([]);
  });

  it('follows links to files and folders, and skips broken ones', async () => {
    const cloud = directoryCloud({ path: root });
    await cloud.create('real/file', bytes);
    await fs.symlink(join(root, 'real'), join(root, 'linked'));
    await fs.symlink(join(root, 'nowhere'), join(root, 'broken'));
    await fs.symlink(join(root, 'real/file'), join(root, 'file'));
    expect([...(await cloud.listFolders(''))].sort()).toEqual(['linked', 'real']);
    expect(await cloud.list('')).toMatchObject([{ path: 'file', size: 10 }]);
    expect(await cloud.list('linked')).toMatchObject([{ path: 'linked/file' }]);
  });

  it('stands a file system that cannot sync folders', async () => {
    const cloud = withFs({
      open: async (path, flags) => (flags === 'r' ? failing('EISDIR')() : fs.open(path, flags)),
    });
    await cloud.create('a/file', bytes);
    expect(await cloud.list('a')).toHaveLength(1);
  });
});
