import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeDisk } from '../../peers/fake-folder.js';
import { JUNK_FOLDERS, junkNamesFor } from '../../peers/junk-names.js';
import { type CloudStorage } from '../port/cloud-storage.js';
import { Directory, directoryCloud } from './directory-cloud.js';
import { type NodeFileSystem } from './node-file-system.js';
import { NodeFiles } from './node-files.js';

const NAME = '20240131T101530123Z_018d5e3c-6a8b-7c3d-9e4f-5a6b7c8d9e0f_0123456789abcdef.json.gz';
const bytes = new TextEncoder().encode('0123456789');
const others = new TextEncoder().encode('of another program');

let root = '';
beforeEach(async () => {
  root = await fs.mkdtemp(join(tmpdir(), 'chat-vault-synced-'));
});
afterEach(() => fs.rm(root, { recursive: true, force: true }));

/** A folder, and how another program puts files there and looks at them. */
interface SyncedFolder {
  readonly cloud: CloudStorage;
  poke(path: string, content: Uint8Array): Promise<void>;
  peek(path: string): Promise<Uint8Array | undefined>;
}

const inNode = (): SyncedFolder => ({
  cloud: directoryCloud({ path: root }),
  poke: async (path, content) => {
    await fs.mkdir(dirname(join(root, path)), { recursive: true });
    await fs.writeFile(join(root, path), content);
  },
  peek: async (path) => new Uint8Array(await fs.readFile(join(root, path))),
});

const inPage = (): SyncedFolder => {
  const disk = new FakeDisk();
  return {
    cloud: directoryCloud({ handle: disk.handle }),
    poke: (path, content) => disk.poke(path, content),
    peek: async (path) => (await disk.files()).get(path),
  };
};

describe.each([
  ['in Node', inNode],
  ['in a page', inPage],
])('a folder that a sync program carries, %s', (_, open) => {
  it('keeps what is not ours, shows it under its own name, and mixes nothing up', async () => {
    const { cloud, poke, peek } = open();
    const junk = [
      ...junkNamesFor(NAME).map((name) => `v/deltas/${name}`),
      ...JUNK_FOLDERS.map((folder) => `v/${folder}/${NAME}`),
    ];
    for (const path of junk) await poke(path, others);
    await cloud.create(`v/deltas/${NAME}`, bytes);
    await cloud.create(`v/deltas/${NAME}`, bytes);
    const listed = (await cloud.list('v/deltas')).map(({ path }) => path);
    const isNamed = (path: string) => !path.includes('\r');
    expect([...listed].sort()).toEqual(
      [`v/deltas/${NAME}`, ...junk.filter((path) => path.startsWith('v/deltas/'))]
        .filter(isNamed)
        .sort(),
    );
    expect([...(await cloud.listFolders('v'))].sort()).toEqual(['deltas', ...JUNK_FOLDERS].sort());
    expect(await cloud.read(`v/deltas/${NAME}`)).toEqual(bytes);
    await cloud.remove(`v/deltas/${NAME}`);
    for (const path of junk) expect(await peek(path)).toEqual(others);
  });

  it('hides files that are being written here or in another tab', async () => {
    const { cloud, poke } = open();
    await poke(`v/${NAME}.crswap`, others);
    await poke('v/.chat-vault-018d5e3c-6a8b-7c3d-9e4f-5a6b7c8d9e0f.tmp', others);
    expect(await cloud.list('v')).toEqual([]);
  });

  it('takes an empty file for one that is not here yet: not listed, not read, written over', async () => {
    const { cloud, poke } = open();
    await poke(`v/${NAME}`, new Uint8Array());
    expect(await cloud.list('v')).toEqual([]);
    await expect(cloud.read(`v/${NAME}`)).rejects.toMatchObject({ code: 'not-found' });
    const range = { offset: 0, length: 4 };
    await expect(cloud.read(`v/${NAME}`, { range })).rejects.toMatchObject({ code: 'not-found' });
    await cloud.create(`v/${NAME}`, bytes);
    expect(await cloud.list('v')).toMatchObject([{ size: 10 }]);
    expect(await cloud.read(`v/${NAME}`)).toEqual(bytes);
  });

  it('removes an empty file when told so', async () => {
    const { cloud, poke, peek } = open();
    await poke(`v/${NAME}`, new Uint8Array());
    await poke('v/other', others);
    await cloud.remove(`v/${NAME}`);
    expect(await peek(`v/${NAME}`).catch(() => undefined)).toBeUndefined();
    expect(await cloud.list('v')).toHaveLength(1);
  });

  it('lists thousands of files, and stops in between when told so', async () => {
    const { cloud, poke } = open();
    for (let index = 0; index < 600; index++) await poke(`v/${index}`, bytes);
    expect(await cloud.list('v')).toHaveLength(600);
    const aborter = new AbortController();
    const listing = cloud.list('v', { signal: aborter.signal });
    aborter.abort();
    await expect(listing).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('one odd file in a page', () => {
  it.each([
    ['a name that pages may not use', new TypeError('Name is not allowed.')],
    ['a file that only somebody else may see', new DOMException('no', 'NotAllowedError')],
    ['a file that is blocked', new DOMException('no', 'SecurityError')],
    ['a file that just went', new DOMException('no', 'NotFoundError')],
  ])('(%s) does not stop the listing', async (_, error) => {
    const disk = new FakeDisk({ onStat: (name) => (name === 'odd.lnk' ? error : undefined) });
    await disk.poke('v/odd.lnk', others);
    await disk.poke(`v/${NAME}`, bytes);
    const cloud = directoryCloud({ handle: disk.handle });
    expect(await cloud.list('v')).toMatchObject([{ path: `v/${NAME}` }]);
  });

  it('that may be one of ours does: no listing is short in silence', async () => {
    const locked = new DOMException('locked', 'NotReadableError');
    const disk = new FakeDisk({ onStat: () => locked });
    await disk.poke(`v/${NAME}`, bytes);
    await expect(directoryCloud({ handle: disk.handle }).list('v')).rejects.toMatchObject({
      code: 'unavailable',
      details: { path: `v/${NAME}` },
    });
  });
});

describe('a folder in Node', () => {
  const withFs = (calls: Partial<NodeFileSystem>) =>
    new Directory(new NodeFiles(root, { ...fs, ...calls } as NodeFileSystem), 'test', 'Test');

  it('is listed although links lead in a circle, nowhere, or where we may not look', async () => {
    await fs.symlink(join(root, 'circle'), join(root, 'circle'));
    await fs.symlink(join(root, 'nowhere'), join(root, 'broken'));
    await fs.symlink(join(root, 'closed'), join(root, 'secret'));
    await fs.writeFile(join(root, 'file'), bytes);
    const cloud = withFs({
      stat: (path) =>
        path.endsWith('/secret')
          ? Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }))
          : fs.stat(path),
    });
    expect(await cloud.list('')).toMatchObject([{ path: 'file' }]);
    expect(await cloud.listFolders('')).toEqual([]);
  });

  it('says so when the disk kept another size, and leaves nothing', async () => {
    const cloud = withFs({
      open: async (path, flags) => {
        const file = await fs.open(path, flags);
        if (flags === 'wx') await file.write('x');
        return file;
      },
    });
    await expect(cloud.create('a/file', bytes)).rejects.toMatchObject({
      code: 'unavailable',
      details: { expected: 10, size: 11 },
    });
    expect(await fs.readdir(join(root, 'a'))).toEqual([]);
  });

  it('never writes over a name that differs in case only, where these are one name', async () => {
    // Every path below the root is found under its lower-case name, as on a disk that ignores case.
    const lower = (path: string) => root + path.slice(root.length).toLowerCase();
    const cloud = withFs({
      stat: (path) => fs.stat(lower(path)),
      open: (path, flags) => fs.open(lower(path), flags),
      link: (from, to) => fs.link(lower(from), lower(to)),
      rename: (from, to) => fs.rename(lower(from), lower(to)),
      mkdir: (path, options) => fs.mkdir(lower(path), options),
      unlink: (path) => fs.unlink(lower(path)),
      readdir: (path, options) => fs.readdir(lower(path), options),
    });
    await cloud.create('a/file', bytes);
    await cloud.create('A/FILE', bytes);
    await expect(cloud.create('a/FILE', others)).rejects.toMatchObject({ code: 'conflict' });
    expect(await cloud.read('a/File')).toEqual(bytes);
    expect(await fs.readdir(join(root, 'a'))).toEqual(['file']);
  });

  it.each(['EIO', 'EDEADLK', 'ETIMEDOUT', 'UNKNOWN', 'EBUSY'])(
    'says that a file which its sync program cannot fetch now (%s) may be there later',
    async (systemCode) => {
      await fs.writeFile(join(root, NAME), bytes);
      const cloud = withFs({
        open: () => Promise.reject(Object.assign(new Error('no'), { code: systemCode })),
      });
      await expect(cloud.read(NAME)).rejects.toMatchObject({ code: 'unavailable' });
    },
  );
});
