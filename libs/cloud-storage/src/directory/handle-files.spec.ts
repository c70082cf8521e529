import { describe, expect, it } from 'vitest';
import { FakeDisk, type FakeFolderOptions } from '../../peers/fake-folder.js';
import { cloudStorageConformance } from '../testing/conformance.js';
import { directoryCloud } from './directory-cloud.js';

const bytes = new TextEncoder().encode('0123456789');

const open = (options: FakeFolderOptions = {}) => {
  const disk = new FakeDisk(options);
  return { disk, cloud: directoryCloud({ handle: disk.handle }) };
};

/** A folder whose every use fails in one way. */
const failing = (name: string) => {
  const fail = () => Promise.reject(new DOMException('why', name));
  const handle = { name: 'Chats', getDirectoryHandle: fail, getFileHandle: fail };
  return directoryCloud({ handle: handle as never });
};

let picked = open();
cloudStorageConformance('a picked folder', () => (picked = open()).cloud, {
  plant: (path, planted) => picked.disk.poke(path, planted),
});
cloudStorageConformance(
  'a picked folder that ignores case',
  () => open({ ignoresCase: true }).cloud,
);

describe('the permission of a picked folder', () => {
  it('is never asked of a person who did not click', async () => {
    const { disk, cloud } = open();
    disk.permission = 'prompt';
    await expect(cloud.connect?.({ interactive: false })).rejects.toMatchObject({
      code: 'unauthorized',
      details: { permission: 'prompt' },
    });
    expect(disk.asked).toBe(0);
    expect(cloud.isConnected?.()).toBe(false);
  });

  it('is asked of a person who clicked, and connects when they agree', async () => {
    const { disk, cloud } = open();
    disk.permission = 'prompt';
    await cloud.connect?.({ interactive: true });
    expect(disk.asked).toBe(1);
    expect(cloud.isConnected?.()).toBe(true);
    await cloud.connect?.({ interactive: true });
    expect(disk.asked).toBe(1);
  });

  it('that was declined is told apart, and not asked for again', async () => {
    const { disk, cloud } = open();
    disk.permission = 'prompt';
    disk.answer = 'denied';
    const declined = {
      code: 'unauthorized',
      details: { permission: 'denied' },
      message: expect.stringContaining("browser's settings"),
    };
    await expect(cloud.connect?.({ interactive: true })).rejects.toMatchObject(declined);
    await expect(cloud.connect?.({ interactive: true })).rejects.toMatchObject(declined);
    expect(disk.asked).toBe(1);
  });

  it('can still be asked for when the question was closed without an answer, or no click stood behind it', async () => {
    const { disk, cloud } = open();
    disk.permission = disk.answer = 'prompt';
    const open_ = { code: 'unauthorized', details: { permission: 'prompt' } };
    await expect(cloud.connect?.({ interactive: true })).rejects.toMatchObject(open_);
    disk.isClicked = false;
    await expect(cloud.connect?.({ interactive: true })).rejects.toMatchObject(open_);
    disk.isClicked = true;
    disk.answer = 'granted';
    await cloud.connect?.({ interactive: true });
    expect(disk.asked).toBe(3);
  });

  it.each(['prompt', 'denied'] as const)(
    'that ended (%s) is noticed by every call, and is no loss',
    async (permission) => {
      const { disk, cloud } = open();
      await cloud.create('a/file', bytes);
      expect(cloud.isConnected?.()).toBe(true);
      disk.permission = permission;
      const ended = { code: 'unauthorized', details: { permission } };
      for (const call of [
        () => cloud.list('a'),
        () => cloud.listFolders(''),
        () => cloud.read('a/file'),
        () => cloud.create('a/other', bytes),
        () => cloud.remove('a/file'),
      ]) {
        await expect(call()).rejects.toMatchObject(ended);
      }
      expect(cloud.isConnected?.()).toBe(false);
      disk.permission = 'granted';
      expect(await cloud.read('a/file')).toEqual(bytes);
      expect(cloud.isConnected?.()).toBe(true);
    },
  );

  it('that ends between the names and the facts of a listing gives no short listing', async () => {
    const { disk, cloud } = open({
      onStat: () => {
        disk.permission = 'prompt';
        return new DOMException('no', 'NotAllowedError');
      },
    });
    await disk.poke('a/file', bytes);
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('is typed when the browser fails at asking', async () => {
    const { disk, cloud } = open();
    disk.permission = 'prompt';
    disk.root.requestPermission = () => Promise.reject(new DOMException('why', 'AbortError'));
    await expect(cloud.connect?.({ interactive: true })).rejects.toMatchObject({
      name: 'CloudError',
      code: 'unavailable',
    });
  });
});

describe('directoryCloud with a handle', () => {
  it.each([
    ['NotAllowedError', 'forbidden'],
    ['SecurityError', 'forbidden'],
    ['QuotaExceededError', 'quota-exceeded'],
    ['NoModificationAllowedError', 'unavailable'],
    ['InvalidStateError', 'unavailable'],
    ['NotReadableError', 'unavailable'],
    ['AbortError', 'unavailable'],
  ])('maps %s to %s', async (name, code) => {
    await expect(failing(name).create('file', new Uint8Array(1))).rejects.toMatchObject({ code });
    await expect(failing(name).read('a/file')).rejects.toMatchObject({ code });
  });

  it('writes beside the file and leaves nothing else', async () => {
    const { disk, cloud } = open();
    await cloud.create('a/file', bytes);
    expect([...(await disk.files()).keys()]).toEqual(['a/file']);
  });

  it('takes back a file that the disk did not keep whole, so that it can be written again', async () => {
    let isFaulty = true;
    const { disk, cloud } = open({
      onWrite: (all) => (isFaulty ? all.subarray(0, 4) : all),
    });
    await expect(cloud.create('a/file', bytes)).rejects.toMatchObject({
      code: 'unavailable',
      details: { path: 'a/file', expected: 10, size: 4 },
    });
    expect(await disk.files()).toEqual(new Map());
    isFaulty = false;
    await cloud.create('a/file', bytes);
    expect(await cloud.read('a/file')).toEqual(bytes);
  });

  it('stops writing when the caller gives up, and the file is not there', async () => {
    const aborter = new AbortController();
    const { disk, cloud } = open({
      onWrite: (all) => {
        aborter.abort(new Error('enough'));
        return all;
      },
    });
    const { signal } = aborter;
    await expect(cloud.create('a/file', bytes, { signal })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect((await disk.files()).get('a/file') ?? new Uint8Array()).toHaveLength(0);
    expect(await cloud.list('a')).toEqual([]);
  });

  it('never writes over a file whose name differs in case only, where these are one name', async () => {
    const { disk, cloud } = open({ ignoresCase: true });
    await disk.poke('a/FILE', bytes);
    await cloud.create('a/file', bytes);
    await expect(cloud.create('a/file', bytes.slice(1))).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await disk.files()).toEqual(new Map([['a/FILE', bytes]]));
    expect(await cloud.list('A')).toMatchObject([{ path: 'A/FILE' }]);
  });
});
