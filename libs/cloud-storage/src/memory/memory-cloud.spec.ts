import { describe, expect, it } from 'vitest';
import { memoryCloud } from './memory-cloud.js';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('memoryCloud', () => {
  it('logs each call with its path and bytes', async () => {
    const cloud = memoryCloud();
    await cloud.create('a/b', bytes('12345'));
    await cloud.read('a/b', { range: { offset: 1, length: 2 } });
    await cloud.list('a');
    await cloud.listFolders('');
    await cloud.remove('a/b');
    await expect(cloud.read('a/b')).rejects.toMatchObject({ code: 'not-found' });
    expect(cloud.requests).toEqual([
      { kind: 'create', path: 'a/b', bytes: 5 },
      { kind: 'read', path: 'a/b', bytes: 2, range: { offset: 1, length: 2 } },
      { kind: 'list', path: 'a', bytes: 0 },
      { kind: 'listFolders', path: '', bytes: 0 },
      { kind: 'remove', path: 'a/b', bytes: 0 },
      { kind: 'read', path: 'a/b', bytes: 0 },
    ]);
    cloud.clearRequests();
    expect(cloud.requests).toEqual([]);
  });

  it('goes back to a snapshot, as often as wanted', async () => {
    const cloud = memoryCloud({ now: () => 0 });
    await cloud.create('a/b', bytes('old'));
    const before = cloud.snapshot();
    await cloud.create('a/c', bytes('new'));
    cloud.poke('a/b', bytes('broken'));
    cloud.restore(before);
    await cloud.create('a/d', bytes('new'));
    cloud.restore(before);
    expect(cloud.files()).toEqual([
      { path: 'a/b', size: 3, modifiedAt: '1970-01-01T00:00:00.000Z' },
    ]);
    expect(cloud.peek('a/b')).toEqual(bytes('old'));
  });

  it('hands a snapshot to another cloud without tying them together', async () => {
    const cloud = memoryCloud();
    await cloud.create('a/b', bytes('x'));
    const twin = memoryCloud();
    twin.restore(cloud.snapshot());
    await twin.remove('a/b');
    expect(cloud.files()).toHaveLength(1);
    expect(twin.files()).toHaveLength(0);
  });

  it('lists the files of a folder and below it', async () => {
    const cloud = memoryCloud();
    for (const path of ['b', 'a/1', 'a/x/2', 'ab/3']) await cloud.create(path, bytes(path));
    expect(cloud.files('a').map(({ path }) => path)).toEqual(['a/1', 'a/x/2']);
    expect(cloud.files().map(({ path }) => path)).toEqual(['a/1', 'a/x/2', 'ab/3', 'b']);
    cloud.drop('b');
    expect(cloud.peek('b')).toBeUndefined();
  });

  it('is not changed by what callers do to their bytes', async () => {
    const cloud = memoryCloud();
    const mine = bytes('abc');
    await cloud.create('a', mine);
    mine.fill(0);
    (await cloud.read('a')).fill(0);
    expect(await cloud.read('a')).toEqual(bytes('abc'));
  });
});
