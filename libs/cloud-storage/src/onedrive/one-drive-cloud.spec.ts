import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFakeOneDrive, type FakeOneDrive } from '../../peers/onedrive/fake-one-drive.js';
import { type Fault, type SeenRequest } from '../../peers/service/fake-service.js';
import { givenTokens } from '../../peers/service/given-tokens.js';
import { type CloudError } from '../port/cloud-error.js';
import { type CloudStorage } from '../port/cloud-storage.js';
import { withRetry } from '../retry/with-retry.js';
import { expectBytes, expectCode, someBytes } from '../testing/conformance/bench.js';
import { oneDriveCloud, type OneDriveSettings } from './one-drive-cloud.js';

let fake: FakeOneDrive;
beforeEach(async () => {
  fake = await startFakeOneDrive();
});
afterEach(() => fake.stop());

const open = (settings: OneDriveSettings = {}): CloudStorage =>
  oneDriveCloud({ fetch: fake.fetch, token: givenTokens(fake.authority).token, ...settings });

const patient = (cloud: CloudStorage) =>
  withRetry(cloud, { sleep: async () => undefined, random: () => 0 });

const ROOT = '/v1.0/me/drive/special/approot';

/** Requests of a method whose address holds the text. */
const to =
  (method: string, text: string) =>
  (request: SeenRequest): boolean =>
    request.method === method && `${request.host}${request.path}`.includes(text);

const fail = (matches: Fault['matches'], kind: Fault['kind'], times = 1): void => {
  fake.faults.push({ matches, kind, times });
};

const refuse = (matches: Fault['matches'], status: number, code?: string, times = 1): void =>
  fail(matches, { kind: 'answer', status, body: code ? { error: { code } } : '' }, times);

const lines = () => fake.requests.map(({ method, path }) => `${method} ${path.replace(ROOT, '')}`);

describe('oneDriveCloud create', () => {
  it('is one request that neither looks first nor writes over', async () => {
    await open().create("a b/it's 100%/Grüße#?", someBytes(10));
    expect(lines()).toEqual([
      'PUT :/a%20b/it%27s%20100%25/Gr%C3%BC%C3%9Fe%23%253F:/content?@microsoft.graph.conflictBehavior=fail',
    ]);
    expect([...fake.tree.nodes.keys()].at(-1)).toBe("/a b/it's 100%/grüße#%3f");
  });

  it('gives one file when the reply is lost and the call repeated', async () => {
    fail(to('PUT', '/content'), { kind: 'lose-reply' });
    await patient(open()).create('a/b', someBytes(100));
    expect([...fake.tree.nodes.keys()]).toEqual(['/a', '/a/b']);
    expect(fake.requests.filter(to('PUT', '/content'))).toHaveLength(2);
  });

  it('says conflict for another size and for a folder of that name', async () => {
    const cloud = open();
    await cloud.create('a/b', someBytes(100));
    await cloud.create('a/b', someBytes(100));
    await expect(cloud.create('a/b', someBytes(99))).rejects.toMatchObject({
      code: 'conflict',
      details: { path: 'a/b', size: 100 },
    });
    await expectCode(cloud.create('a', new Uint8Array()), 'conflict');
  });

  it('says conflict when OneDrive stored it under another name or in another size', async () => {
    const answer = (item: unknown) =>
      fail(to('PUT', '/content'), { kind: 'answer', status: 201, body: item });
    answer({ name: 'b 1', size: 10, file: {} });
    await expectCode(open().create('a/b', someBytes(10)), 'conflict');
    answer({ name: 'b', size: 9, file: {} });
    await expectCode(open().create('a/b', someBytes(10)), 'conflict');
    answer({ name: 'B', size: 10, file: {} });
    await open().create('a/b', someBytes(10));
    answer({});
    await expectCode(open().create('a/b', someBytes(10)), 'invalid');
  });

  it('takes a file back that was damaged on the way', async () => {
    fail(to('PUT', '/content'), { kind: 'damage' });
    await expectCode(open().create('a/b', someBytes(100)), 'unavailable');
    expect([...fake.tree.nodes.keys()]).toEqual(['/a']);
    fail(to('PUT', '/content'), { kind: 'damage' });
    await patient(open()).create('a/b', someBytes(100));
    expectBytes(await open().read('a/b'), someBytes(100));
  });

  it('says conflict when what is there has another content, and leaves it', async () => {
    await open().create('a/b', someBytes(100, 1));
    await expectCode(open().create('a/b', someBytes(100, 2)), 'conflict');
    expectBytes(await open().read('a/b'), someBytes(100, 1));
  });

  it('never takes a damaged file for the one that was sent, when it cannot be taken back', async () => {
    fail(to('PUT', '/content'), { kind: 'damage' });
    refuse(to('DELETE', ''), 403, 'accessDenied');
    await expectCode(open().create('a/b', someBytes(100)), 'forbidden');
    await expectCode(open().create('a/b', someBytes(100)), 'conflict');
  });

  it('goes by the size where OneDrive tells no hash', async () => {
    fake.store.tellsHashes = false;
    await open().create('a/b', someBytes(100));
    await open().create('a/b', someBytes(100));
    await expectCode(open().create('a/b', someBytes(99)), 'conflict');
  });

  it('makes the folders where OneDrive does not', async () => {
    fake.tree.makesParents = false;
    const cloud = open();
    await cloud.create('a/b: c/1', someBytes(5));
    await cloud.create('a/b: c/2', someBytes(5));
    await cloud.create('a/d/3', someBytes(5));
    expect([...fake.tree.nodes.keys()]).toEqual([
      ...['/a', '/a/b%3a c', '/a/b%3a c/1', '/a/b%3a c/2', '/a/d', '/a/d/3'],
    ]);
    expect(fake.requests.filter(to('POST', '/children'))).toHaveLength(4);
  });

  it('says what keeps it from making them', async () => {
    fake.tree.makesParents = false;
    refuse(to('POST', '/children'), 403, 'accessDenied');
    await expectCode(open().create('a/1', someBytes(5)), 'forbidden');
    refuse(to('PUT', '/content'), 404, 'itemNotFound', 2);
    await expectCode(open().create('a/1', someBytes(5)), 'not-found');
  });

  it('says quota-exceeded when the drive is full', async () => {
    fake.tree.capacity = 100;
    await expectCode(open().create('a', someBytes(101)), 'quota-exceeded');
  });
});

describe('oneDriveCloud list', { timeout: 60_000 }, () => {
  const fill = (count: number): readonly string[] => {
    const names = Array.from({ length: count }, (_, index) => `file-${index + 10_000}.json.gz`);
    for (const name of names) fake.tree.add(`/a/${name}`, Buffer.from('x'));
    return names.map((name) => `a/${name}`);
  };
  const pathsOf = async (cloud: CloudStorage, folder: string) =>
    (await cloud.list(folder)).map(({ path }) => path).sort();
  const nextPage = to('GET', 'skiptoken');

  it('gives each of 2,501 files once, over small pages', async () => {
    const paths = fill(2501);
    fake.graph.pageItems = 100;
    expect(await pathsOf(open(), 'a')).toEqual(paths);
    expect(fake.requests.filter(nextPage)).toHaveLength(25);
  });

  it.each([
    [410, 'resyncRequired'],
    [400, 'invalidRequest'],
    [404, 'itemNotFound'],
  ])('starts over once when the address of a page ends with %i', async (status, code) => {
    const paths = fill(30);
    fake.graph.pageItems = 10;
    refuse(nextPage, status, code);
    expect(await pathsOf(open(), 'a')).toEqual(paths);
    refuse(nextPage, status, code, 2);
    await expectCode(open().list('a'), 'unavailable');
  });

  it('fails with what else a later page says', async () => {
    fill(30);
    fake.graph.pageItems = 10;
    refuse(nextPage, 503, 'serviceNotAvailable');
    await expectCode(open().list('a'), 'unavailable');
    refuse(nextPage, 403, 'accessDenied');
    await expectCode(open().list('a'), 'forbidden');
  });

  it('never follows a page to another origin', async () => {
    fill(30);
    fake.graph.pageItems = 10;
    for (const host of [
      'evil.test',
      'graph.microsoft.com.evil.test',
      'graph.microsoft.com@evil.test',
    ]) {
      fake.graph.pageHost = host;
      await expectCode(open().list('a'), 'invalid');
    }
    expect(fake.requests.every(({ host }) => host === 'graph.microsoft.com')).toBe(true);
  });

  it('goes on after an empty page, and ends when the same page comes again', async () => {
    const next = `https://graph.microsoft.com${ROOT}/children?$skiptoken=1`;
    const empty = { value: [], '@odata.nextLink': next };
    fail(to('GET', '/children'), { kind: 'answer', status: 200, body: empty });
    fail(nextPage, { kind: 'answer', status: 200, body: { value: [] } });
    expect(await open().list('')).toEqual([]);
    fail(to('GET', '/children'), { kind: 'answer', status: 200, body: empty }, 99);
    await expectCode(open().list(''), 'unavailable');
  });

  it('is empty for a folder that is not there, and fails for a drive that is not there', async () => {
    expect(await open().list('absent')).toEqual([]);
    refuse(to('GET', '/children'), 404, 'ResourceNotFound');
    await expectCode(open().list('absent'), 'not-found');
    refuse(to('GET', '/children'), 404);
    await expectCode(open().list('absent'), 'not-found');
  });

  it('is not disturbed by foreign items, and leads nowhere outside', async () => {
    const file = (name: string) => ({
      name,
      size: 0,
      file: {},
      lastModifiedDateTime: '2024-01-31T10:15:30Z',
    });
    const shown = [
      '.DS_Store',
      'a (1).gz',
      '😀',
      'x'.repeat(255),
      '50% off',
      '%zz',
      'a.tmp',
      "o'clock",
    ];
    const hidden = [
      '',
      '.',
      '..',
      'a/b',
      '%2F',
      '%2E%2E',
      'a\\b',
      'nul\u0000',
      'a%41',
      'half \ud83d',
    ];
    const value = [
      ...[...shown, ...hidden].map(file),
      file('a.tmp'),
      { name: 'notebook', package: { type: 'oneNote' }, folder: {} },
      { name: 'shortcut', remoteItem: { folder: {} } },
      { name: 'folder', folder: {}, size: 5 },
      { name: '..', folder: {} },
    ];
    fail(to('GET', '/children'), { kind: 'answer', status: 200, body: { value } }, 2);
    const cloud = open();
    expect(await pathsOf(cloud, 'f')).toEqual(shown.map((name) => `f/${name}`).sort());
    expect(await cloud.listFolders('f')).toEqual(['folder']);
  });

  it.each([
    ['no JSON', '<html>'],
    ['no items', {}],
    ['an item without a name', { value: [{}] }],
    ['a file without size', { value: [{ name: 'a', file: {} }] }],
    ['a file without time', { value: [{ name: 'a', file: {}, size: 1 }] }],
    ['a page that is no address', { value: [], '@odata.nextLink': 5 }],
  ])('refuses an answer with %s', async (_, body) => {
    fail(to('GET', '/children'), { kind: 'answer', status: 200, body });
    await expectCode(open().list('a'), 'invalid');
  });
});

describe('oneDriveCloud read', () => {
  const range = { offset: 100, length: 50 };
  const download = to('GET', 'store.onedrive.fake');

  it('sends no token to the address of the bytes', async () => {
    const cloud = open();
    await cloud.create('a', someBytes(1000));
    expectBytes(await cloud.read('a', { range }), someBytes(1000).slice(100, 150));
    const request = fake.requests.find(download);
    expect(request?.headers).not.toHaveProperty('authorization');
    expect(request?.headers).toMatchObject({ range: 'bytes=100-149' });
  });

  it('cuts the range itself when the server sends everything', async () => {
    const cloud = open();
    await cloud.create('a', someBytes(1000));
    fail(download, { kind: 'ignore-range' });
    expectBytes(await cloud.read('a', { range }), someBytes(1000).slice(100, 150));
  });

  it('notices bodies that are cut short', async () => {
    const cloud = open();
    await cloud.create('a', someBytes(1000));
    fail(download, { kind: 'truncate' }, 2);
    await expectCode(cloud.read('a'), 'unavailable');
    await expectCode(cloud.read('a', { range }), 'unavailable');
    expectBytes(await patient(cloud).read('a', { range }), someBytes(1000).slice(100, 150));
  });

  it.each([401, 403, 404, 410])('asks for another address after %i', async (status) => {
    const cloud = patient(open());
    await cloud.create('a', someBytes(1000));
    refuse(download, status);
    expectBytes(await cloud.read('a'), someBytes(1000));
  });

  it('says what else the server of the bytes answers', async () => {
    const cloud = open();
    await cloud.create('a', someBytes(1000));
    fail(download, { kind: 'answer', status: 429, headers: { 'Retry-After': '4' } });
    await expect(cloud.read('a')).rejects.toMatchObject({
      code: 'rate-limited',
      retryAfterMs: 4000,
    });
    fail(download, { kind: 'answer', status: 206, headers: { 'Content-Range': 'bytes 0-4/1000' } });
    await expectCode(cloud.read('a', { range }), 'invalid');
    refuse(download, 416);
    await expectCode(cloud.read('a'), 'invalid');
  });

  it.each([undefined, 'nothing', 'http://store.onedrive.fake/download/1', 'javascript:alert(1)'])(
    'does not go to the address %j',
    async (url) => {
      const body = { name: 'a', file: {}, size: 5, '@microsoft.graph.downloadUrl': url };
      fail(to('GET', ROOT), { kind: 'answer', status: 200, body });
      await expectCode(open().read('a'), 'invalid');
      expect(fake.requests).toHaveLength(1);
    },
  );

  it('says not-found for a folder', async () => {
    const cloud = open();
    await cloud.create('a/b', someBytes(5));
    await expectCode(cloud.read('a'), 'not-found');
  });
});

describe('oneDriveCloud uploads in parts', { timeout: 60_000 }, () => {
  const UNIT = 320 * 1024;
  const bytes = someBytes(3 * UNIT + 1234);
  const parts = { sessionAboveBytes: 1000, chunkBytes: UNIT };
  const part = to('PUT', '/upload/');
  const sessions = () => fake.requests.filter(to('POST', 'createUploadSession')).length;
  const partAt =
    (offset: number) =>
    (request: SeenRequest): boolean =>
      part(request) && request.headers['content-range']?.startsWith(`bytes ${offset}-`) === true;

  it('takes a file back whose parts were damaged on the way', async () => {
    fail(partAt(UNIT), { kind: 'damage' });
    await expectCode(open(parts).create('a', bytes), 'unavailable');
    expect(fake.tree.nodes.size).toBe(0);
    fail(partAt(UNIT), { kind: 'damage' });
    await patient(open(parts)).create('a', bytes);
    expectBytes(await open().read('a'), bytes);
  });

  it('leaves a file of other content that it finds when its session is gone', async () => {
    const other = Buffer.from(someBytes(bytes.length, 2));
    let isThere = false;
    const matches = (request: SeenRequest): boolean => {
      if (!isThere && partAt(UNIT)(request)) {
        isThere = true;
        fake.tree.add('/a', other);
        fake.store.forgetSessions();
      }
      return false;
    };
    fail(matches, { kind: 'drop' });
    await expectCode(open(parts).create('a', bytes), 'conflict');
    expectBytes(await open().read('a'), other);
  });

  it('sends parts of the size that is asked for, without a token', async () => {
    const cloud = open(parts);
    await cloud.create('x/a?', bytes);
    expectBytes(await cloud.read('x/a?'), bytes);
    const sent = fake.requests.filter(part);
    expect(sent.map(({ headers }) => headers['content-range'])).toEqual([
      'bytes 0-327679/984274',
      'bytes 327680-655359/984274',
      'bytes 655360-983039/984274',
      'bytes 983040-984273/984274',
    ]);
    expect(sent.every(({ headers }) => headers['authorization'] === undefined)).toBe(true);
    const session = fake.requests.find(to('POST', 'createUploadSession'));
    expect(JSON.parse(session?.body.toString() ?? '')).toEqual({
      item: { '@microsoft.graph.conflictBehavior': 'fail', name: 'a%3F' },
    });
  });

  it.each([
    ['the connection ends', { kind: 'drop' }],
    ['the reply is lost', { kind: 'lose-reply' }],
    ['the server fails', { kind: 'answer', status: 500 }],
    ['the server wants another part', { kind: 'answer', status: 416 }],
  ] as const)('asks what is lacking and goes on when %s', async (_, kind) => {
    fail(partAt(UNIT), kind);
    const cloud = open(parts);
    await cloud.create('a', bytes);
    expectBytes(await cloud.read('a'), bytes);
    expect(sessions()).toBe(1);
    expect(fake.store.sessionBytes).toBe(bytes.length);
  });

  it('waits as long as it is told to, and goes on where it was', async () => {
    const body = { error: { code: 'activityLimitReached' } };
    const headers = { 'Retry-After': '9' };
    fail(partAt(UNIT), { kind: 'answer', status: 429, headers, body });
    const cloud = open(parts);
    await expect(cloud.create('a', bytes)).rejects.toMatchObject({
      code: 'rate-limited',
      retryAfterMs: 9000,
    });
    await cloud.create('a', bytes);
    expect(sessions()).toBe(1);
    expect(fake.store.sessionBytes).toBe(bytes.length);
  });

  it('gives up when nothing gets on, and goes on with the next call', async () => {
    fail(partAt(UNIT), { kind: 'drop' }, 3);
    const cloud = open(parts);
    await expectCode(cloud.create('a', bytes), 'unavailable');
    await cloud.create('a', bytes);
    expect(sessions()).toBe(1);
    expect(fake.store.sessionBytes).toBe(bytes.length);
  });

  it('does not go on with the session of another path or of other bytes', async () => {
    fail(partAt(UNIT), { kind: 'drop' }, 3);
    const cloud = open(parts);
    await expectCode(cloud.create('a', bytes), 'unavailable');
    await cloud.create('b', bytes);
    await cloud.create('c', someBytes(bytes.length, 7));
    expectBytes(await cloud.read('c'), someBytes(bytes.length, 7));
    expect(sessions()).toBe(3);
  });

  it('takes another session when the first one ends half-way', async () => {
    let isOver = false;
    fail(
      (request) => {
        if (!isOver && partAt(UNIT)(request)) {
          isOver = true;
          fake.store.forgetSessions();
        }
        return false;
      },
      { kind: 'drop' },
    );
    const cloud = open(parts);
    await cloud.create('a', bytes);
    expectBytes(await cloud.read('a'), bytes);
    expect(sessions()).toBe(2);
  });

  it('gives up when sessions keep ending', async () => {
    refuse(part, 404, 'itemNotFound', 99);
    refuse(to('GET', '/upload/'), 404, 'itemNotFound', 99);
    await expectCode(open(parts).create('a', bytes), 'unavailable');
    expect(sessions()).toBe(2);
  });

  it('finds the file complete when only the last reply was lost', async () => {
    fail(partAt(3 * UNIT), { kind: 'lose-reply' });
    await open(parts).create('a', bytes);
    expect(sessions()).toBe(1);
    expect(fake.store.sessionBytes).toBe(bytes.length);
    expect(fake.tree.nodes.size).toBe(1);
  });

  it('says conflict for another size, at the beginning or at the end', async () => {
    const cloud = open(parts);
    await cloud.create('a', bytes);
    await cloud.create('a', bytes.slice());
    await expectCode(cloud.create('a', bytes.slice(1)), 'conflict');
    const late = someBytes(2 * UNIT, 3);
    fail(
      (request) => {
        if (partAt(UNIT)(request)) fake.tree.add('/b', Buffer.from('other'));
        return false;
      },
      { kind: 'drop' },
    );
    await expectCode(cloud.create('b', late), 'conflict');
  });

  it.each([
    ['no address', {}],
    ['an address without encryption', { uploadUrl: 'http://store.onedrive.fake/upload/1' }],
  ])('refuses a session with %s', async (_, body) => {
    fail(to('POST', 'createUploadSession'), { kind: 'answer', status: 200, body });
    await expectCode(open(parts).create('a', bytes), 'invalid');
  });

  it.each([
    [{}],
    [{ nextExpectedRanges: [] }],
    [{ nextExpectedRanges: ['99999999-'] }],
    ['<html>'],
  ])('fails when it is told %j to be lacking', async (body) => {
    fail(partAt(0), { kind: 'answer', status: 202, body }, 2);
    await expectCode(open(parts).create('a', bytes), 'unavailable');
  });

  it('goes on after the token ended half-way, as the address is permission enough', async () => {
    fail(
      (request) => {
        if (partAt(UNIT)(request)) fake.authority.expireAccessTokens();
        return false;
      },
      { kind: 'drop' },
    );
    const cloud = open(parts);
    await cloud.create('a', bytes);
    expectBytes(await cloud.read('a'), bytes);
  });

  it('ends with its caller', async () => {
    const aborter = new AbortController();
    fail(
      (request) => {
        if (partAt(UNIT)(request)) aborter.abort();
        return false;
      },
      { kind: 'drop' },
    );
    await expectCode(open(parts).create('a', bytes, { signal: aborter.signal }), 'aborted');
  });
});

describe('oneDriveCloud sign-in by given tokens', () => {
  const CALLS: Record<string, (cloud: CloudStorage) => Promise<unknown>> = {
    list: (cloud) => cloud.list('a'),
    listFolders: (cloud) => cloud.listFolders('a'),
    read: (cloud) => cloud.read('a/b'),
    create: (cloud) => cloud.create('a/c', someBytes(5)),
    remove: (cloud) => cloud.remove('a/b'),
    connect: (cloud) => cloud.connect?.({ interactive: false }) ?? Promise.reject(),
  };

  it.each(Object.entries(CALLS))(
    'asks once for another token when %s is refused',
    async (_, call) => {
      const { asked, token } = givenTokens(fake.authority);
      const cloud = oneDriveCloud({ fetch: fake.fetch, token });
      fake.tree.add('/a/b', Buffer.from('x'));
      const refused = await token();
      fake.authority.expireAccessTokens();
      await call(cloud);
      expect(asked.filter((text) => text !== undefined)).toEqual([refused]);
    },
  );

  it.each(Object.entries(CALLS))('says unauthorized when %s is refused again', async (_, call) => {
    let made = 0;
    const token = async (): Promise<string> => `bad-${++made}`;
    await expectCode(call(oneDriveCloud({ fetch: fake.fetch, token })), 'unauthorized');
    expect(fake.requests).toHaveLength(2);
  });
});

describe('oneDriveCloud errors', () => {
  it.each([
    [400, 'invalidRequest', 'invalid'],
    [401, 'InvalidAuthenticationToken', 'unauthorized'],
    [403, 'accessDenied', 'forbidden'],
    [403, 'quotaLimitReached', 'quota-exceeded'],
    [404, 'itemNotFound', 'not-found'],
    [409, 'resourceModified', 'unavailable'],
    [410, undefined, 'unavailable'],
    [423, 'resourceLocked', 'unavailable'],
    [429, 'activityLimitReached', 'rate-limited'],
    [500, undefined, 'unavailable'],
    [503, 'serviceNotAvailable', 'unavailable'],
    [507, undefined, 'quota-exceeded'],
    [418, 'new thing; drop tables', 'invalid'],
  ])('maps %i %s to %s', async (status, reason, code) => {
    refuse(to('GET', ROOT), status, reason, 2);
    const outcome = await open()
      .read('a')
      .catch((thrown: unknown) => thrown);
    expect(outcome).toMatchObject({ name: 'CloudError', code, details: { status } });
    const told = (outcome as CloudError).details['reason'];
    expect(told).toBe(reason?.includes(' ') ? undefined : reason);
  });

  it.each([429, 503])('passes on how long it asks to wait with %i', async (status) => {
    fail(to('GET', ROOT), { kind: 'answer', status, headers: { 'Retry-After': '12' } });
    await expect(open().list('a')).rejects.toMatchObject({ retryAfterMs: 12_000 });
  });

  it('removes what is there, and takes only absence for success', async () => {
    const cloud = open();
    await cloud.create('a', someBytes(5));
    refuse(to('DELETE', ROOT), 423, 'resourceLocked');
    await expectCode(cloud.remove('a'), 'unavailable');
    await cloud.remove('a');
    await cloud.remove('a');
  });

  it('makes the app folder when it connects', async () => {
    const cloud = open();
    await cloud.connect?.({ interactive: false });
    expect(fake.tree.hasRoot).toBe(true);
    expect(cloud.isConnected?.()).toBe(true);
  });

  it.each([
    { chunkBytes: 1000 },
    { chunkBytes: 0 },
    { sessionAboveBytes: -1 },
    { tenant: 'a/b' },
    { tenant: '' },
  ])('refuses the settings %j', (settings) => {
    expect(() => open(settings)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });
});
