import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFakeDropbox, type FakeDropbox } from '../../peers/dropbox/fake-dropbox.js';
import { type Fault, type SeenRequest } from '../../peers/service/fake-service.js';
import { givenTokens } from '../../peers/service/given-tokens.js';
import { CloudError, type CloudErrorCode } from '../port/cloud-error.js';
import { type CloudStorage } from '../port/cloud-storage.js';
import { withRetry } from '../retry/with-retry.js';
import { expectBytes, expectCode, someBytes } from '../testing/conformance/bench.js';
import { dropboxCloud, type DropboxSettings } from './dropbox-cloud.js';

let fake: FakeDropbox;
beforeEach(async () => {
  fake = await startFakeDropbox();
});
afterEach(() => fake.stop());

const open = (settings: DropboxSettings = {}): CloudStorage =>
  dropboxCloud({ fetch: fake.fetch, token: givenTokens(fake.authority).token, ...settings });

const patient = (cloud: CloudStorage) =>
  withRetry(cloud, { sleep: async () => undefined, random: () => 0 });

const at =
  (endpoint: string) =>
  ({ path }: SeenRequest): boolean =>
    path === `/2/${endpoint}`;

const fail = (endpoint: string, kind: Fault['kind'], times = 1): void => {
  fake.faults.push({ matches: at(endpoint), kind, times });
};

const refuse = (endpoint: string, error: unknown, status = 409): void =>
  fail(endpoint, { kind: 'answer', status, body: { error_summary: '...', error } });

const lastCall = (endpoint: string) => fake.requests.findLast(at(endpoint));

describe('dropboxCloud create', () => {
  it('is one request that neither looks first nor writes over, its argument in ASCII', async () => {
    await open().create('Grüße/日本 😀\u007f'.slice(0, -1), someBytes(10));
    expect(fake.requests.map(({ path }) => path)).toEqual(['/2/files/upload']);
    const argument = lastCall('files/upload')?.headers['dropbox-api-arg'] ?? '';
    expect(argument).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(argument)).toEqual({
      path: '/Grüße/日本 😀',
      mode: 'add',
      autorename: false,
      mute: true,
      strict_conflict: false,
      content_hash: expect.stringMatching(/^[\da-f]{64}$/),
    });
  });

  it('says conflict for other content of the same size, and keeps the file', async () => {
    const cloud = open();
    await cloud.create('a/b', someBytes(100, 1));
    await expectCode(cloud.create('a/b', someBytes(100, 2)), 'conflict');
    expectBytes(await cloud.read('a/b'), someBytes(100, 1));
  });

  it('says conflict for a folder of that name, and for a file in the place of a folder', async () => {
    const cloud = open();
    await cloud.create('a/b', someBytes(10));
    refuse('files/get_metadata', { '.tag': 'path', path: { '.tag': 'not_found' } });
    await expectCode(cloud.create('a', someBytes(10)), 'not-found');
    await expectCode(cloud.create('a', someBytes(10)), 'conflict');
  });

  it('takes a conflict with the same content for success', async () => {
    const cloud = open();
    await cloud.create('a', someBytes(100));
    refuse('files/upload', {
      '.tag': 'path',
      reason: { '.tag': 'conflict', conflict: { '.tag': 'file' } },
    });
    await cloud.create('a', someBytes(100));
  });

  it('gives one file when the reply is lost and the call repeated', async () => {
    fail('files/upload', { kind: 'lose-reply' });
    await patient(open()).create('a/b', someBytes(100));
    expect(fake.calls('files/upload')).toBe(2);
    expect([...fake.tree.nodes.keys()]).toEqual(['/a', '/a/b']);
  });

  it('writes one file at a time, as Dropbox locks the folder for each', async () => {
    const count = { now: 0, most: 0 };
    const cloud = open({
      fetch: async (input, init) => {
        count.most = Math.max(count.most, (count.now += 1));
        return fake.fetch(input, init).finally(() => (count.now -= 1));
      },
    });
    const paths = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(paths.map((path) => cloud.create(path, someBytes(5))));
    await Promise.all([
      cloud.create('f', someBytes(5)),
      ...paths.map((path) => cloud.remove(path)),
    ]);
    expect([...fake.tree.nodes.keys()]).toEqual(['/f']);
    expect(count.most).toBe(1);
  });

  it('lets a caller give up while it waits for its turn, and the others go on', async () => {
    const cloud = open();
    const aborter = new AbortController();
    const first = cloud.create('a', someBytes(5));
    const second = cloud.create('b', someBytes(5), { signal: aborter.signal });
    const third = cloud.create('c', someBytes(5));
    aborter.abort();
    await expectCode(second, 'aborted');
    await Promise.all([first, third]);
    expect([...fake.tree.nodes.keys()].sort()).toEqual(['/a', '/c']);
  });

  it('writes nothing when the bytes are damaged on the way', async () => {
    fail('files/upload', { kind: 'damage' });
    await expectCode(open().create('a', someBytes(100)), 'unavailable');
    expect(fake.tree.nodes.size).toBe(0);
    fail('files/upload', { kind: 'damage' });
    await patient(open()).create('a', someBytes(100));
  });

  it('takes a damaged file back when Dropbox stored it all the same', async () => {
    const withoutHash: typeof fetch = (input, init) => {
      const headers = new Headers(init?.headers);
      const { content_hash: _, ...argument } = JSON.parse(headers.get('Dropbox-API-Arg') ?? '{}');
      if (headers.has('Dropbox-API-Arg')) headers.set('Dropbox-API-Arg', JSON.stringify(argument));
      return fake.fetch(input, { ...init, headers });
    };
    fail('files/upload', { kind: 'damage' });
    await expectCode(open({ fetch: withoutHash }).create('a', someBytes(100)), 'unavailable');
    expect(fake.tree.nodes.size).toBe(0);
  });
});

describe('dropboxCloud list', { timeout: 60_000 }, () => {
  const fill = (count: number): readonly string[] => {
    const names = Array.from({ length: count }, (_, index) => `file-${index + 10_000}.json.gz`);
    for (const name of names) fake.tree.add(`/a/${name}`, Buffer.from('x'));
    return names.map((name) => `a/${name}`);
  };
  const pathsOf = async (cloud: CloudStorage, folder: string) =>
    (await cloud.list(folder)).map(({ path }) => path).sort();

  it('gives each of 2,501 files once, over small pages', async () => {
    const paths = fill(2501);
    fake.endpoints.pageEntries = 100;
    expect(await pathsOf(open(), 'a')).toEqual(paths);
    expect(fake.calls('files/list_folder/continue')).toBe(25);
  });

  it('starts over once when the cursor ends half-way', async () => {
    const paths = fill(30);
    fake.endpoints.pageEntries = 10;
    refuse('files/list_folder/continue', { '.tag': 'reset' });
    expect(await pathsOf(open(), 'a')).toEqual(paths);
    expect(fake.calls('files/list_folder')).toBe(2);
  });

  it('fails rather than give a part when the cursor ends again', async () => {
    fill(30);
    fake.endpoints.pageEntries = 10;
    fail(
      'files/list_folder/continue',
      { kind: 'answer', status: 409, body: { error: { '.tag': 'reset' } } },
      2,
    );
    await expectCode(open().list('a'), 'unavailable');
    expect(fake.calls('files/list_folder')).toBe(2);
  });

  it('goes on after an empty page', async () => {
    fill(3);
    const page = { entries: [], cursor: 'from-the-start', has_more: true };
    fail('files/list_folder', { kind: 'answer', status: 200, body: page });
    refuse('files/list_folder/continue', { '.tag': 'reset' });
    expect(await open().list('a')).toHaveLength(3);
  });

  it('takes the last word on a name when the folder changes between pages', async () => {
    const file = (name: string, size: number) => ({
      ...{ '.tag': 'file', name, size, server_modified: '2024-01-31T10:15:30Z' },
    });
    const first = [file('a', 1), file('b', 2), file('C', 3)];
    const second = [
      { '.tag': 'deleted', name: 'a' },
      file('B', 20),
      { '.tag': 'folder', name: 'd' },
    ];
    const body = (entries: unknown, has_more: boolean) => ({ entries, cursor: 'c', has_more });
    fail('files/list_folder', { kind: 'answer', status: 200, body: body(first, true) });
    fail('files/list_folder/continue', { kind: 'answer', status: 200, body: body(second, false) });
    const files = await open().list('x');
    expect(files.map(({ path, size }) => [path, size])).toEqual([
      ['x/C', 3],
      ['x/B', 20],
    ]);
  });

  it('is not disturbed by foreign files, and leads nowhere outside', async () => {
    const names = [
      '.DS_Store',
      'desktop.ini',
      '..',
      '.',
      'a/b',
      'back\\slash',
      '',
      'nul\u0000',
      ' ',
    ];
    const odd = [...names, 'x'.repeat(255), 'a (conflicted copy).gz', '😀', '%2F', '~$a', 'a.gdoc'];
    const entries = [
      ...odd.map((name) => ({
        name,
        '.tag': 'file',
        size: 0,
        server_modified: '2024-01-31T10:15:30Z',
      })),
      { '.tag': 'folder', name: '..' },
      { '.tag': 'folder', name: 'good' },
      { '.tag': 'something new', name: 'other' },
      { '.tag': 'deleted', name: 'gone' },
      {
        '.tag': 'file',
        name: 'no-download',
        size: 5,
        server_modified: '2024-01-31T10:15:30Z',
        is_downloadable: false,
      },
    ];
    const body = { entries, cursor: 'c', has_more: false };
    fail('files/list_folder', { kind: 'answer', status: 200, body }, 2);
    const cloud = open();
    expect(await pathsOf(cloud, 'f')).toEqual(
      ['.DS_Store', 'desktop.ini', ' ', ...odd.slice(9), 'no-download']
        .map((name) => `f/${name}`)
        .sort(),
    );
    expect(await cloud.listFolders('f')).toEqual(['good']);
  });

  it.each([
    ['no JSON', '<html>'],
    ['no entries', { has_more: false }],
    ['no end', { entries: [] }],
    ['a cursor that is none', { entries: [], has_more: true }],
    ['an entry without a name', { entries: [{ '.tag': 'file' }], has_more: false }],
    ['a file without size', { entries: [{ '.tag': 'file', name: 'a' }], has_more: false }],
    ['a file without time', { entries: [{ '.tag': 'file', name: 'a', size: 1 }], has_more: false }],
  ])('refuses an answer with %s', async (_, body) => {
    fail('files/list_folder', { kind: 'answer', status: 200, body });
    await expectCode(open().list('a'), 'invalid');
  });

  it('refuses a cursor that leads to itself', async () => {
    const body = { entries: [], cursor: 'same', has_more: true };
    fail('files/list_folder', { kind: 'answer', status: 200, body });
    fail('files/list_folder/continue', { kind: 'answer', status: 200, body });
    await expectCode(open().list('a'), 'invalid');
  });

  it('finds a folder whatever the case of its name', async () => {
    const cloud = open();
    await cloud.create('Chat-Vault/a', someBytes(5));
    expect(await pathsOf(cloud, 'chat-vault')).toEqual(['chat-vault/a']);
  });
});

describe('dropboxCloud read', () => {
  const range = { offset: 100, length: 50 };

  it('cuts the range itself when Dropbox sends everything', async () => {
    const cloud = open();
    await cloud.create('a', someBytes(1000));
    fail('files/download', { kind: 'ignore-range' });
    expectBytes(await cloud.read('a', { range }), someBytes(1000).slice(100, 150));
  });

  it('notices bodies that are cut short', async () => {
    const cloud = open();
    await cloud.create('a', someBytes(1000));
    fail('files/download', { kind: 'truncate' }, 2);
    await expectCode(cloud.read('a'), 'unavailable');
    await expectCode(cloud.read('a', { range }), 'unavailable');
    expectBytes(await patient(cloud).read('a', { range }), someBytes(1000).slice(100, 150));
  });

  it('refuses another part than it asked for', async () => {
    const answer = (headers: Record<string, string>) =>
      fail('files/download', { kind: 'answer', status: 206, headers, body: '01234' });
    answer({ 'Content-Range': 'bytes 0-4/1000' });
    await expectCode(open().read('a', { range }), 'invalid');
    answer({ 'Content-Range': 'bytes 100-104/1000' });
    await expectCode(open().read('a', { range }), 'unavailable');
    answer({});
    await expectCode(open().read('a', { range: { offset: 0, length: 3 } }), 'invalid');
  });

  it('says not-found for a folder', async () => {
    const cloud = open();
    await cloud.create('a/b', someBytes(5));
    await expectCode(cloud.read('a'), 'not-found');
  });
});

describe('dropboxCloud uploads in parts', { timeout: 60_000 }, () => {
  const bytes = someBytes(10_000);
  const parts = { sessionAboveBytes: 1000, chunkBytes: 1000 };
  const APPEND = 'files/upload_session/append_v2';
  const FINISH = 'files/upload_session/finish';

  it('sends a start, the middle and an end', async () => {
    const cloud = open(parts);
    await cloud.create('a', bytes);
    expectBytes(await cloud.read('a'), bytes);
    expect(fake.calls('files/upload_session/start')).toBe(1);
    expect(fake.calls(APPEND)).toBe(8);
    expect(fake.calls(FINISH)).toBe(1);
    await cloud.create('b', bytes.slice(0, 1000));
    expect(fake.calls('files/upload')).toBe(1);
  });

  it('goes on where it was when the same bytes are given again', async () => {
    const cloud = open(parts);
    fake.faults.push({ matches: failsAt(APPEND, 5000), kind: { kind: 'answer', status: 503 } });
    await expectCode(cloud.create('a', bytes), 'unavailable');
    await cloud.create('a', bytes);
    expect(fake.calls('files/upload_session/start')).toBe(1);
    expect(fake.calls(APPEND)).toBe(9);
    expectBytes(await cloud.read('a'), bytes);
  });

  it('does not go on with the session of another path or of other bytes', async () => {
    const cloud = open(parts);
    fake.faults.push({ matches: failsAt(APPEND, 5000), kind: { kind: 'drop' } });
    await expectCode(cloud.create('a', bytes), 'offline');
    await cloud.create('b', bytes);
    await cloud.create('c', someBytes(10_000, 7));
    expect(fake.calls('files/upload_session/start')).toBe(3);
    expectBytes(await cloud.read('c'), someBytes(10_000, 7));
  });

  it('asks Dropbox how far it is after a lost reply', async () => {
    const cloud = patient(open(parts));
    fake.faults.push({ matches: failsAt(APPEND, 3000), kind: { kind: 'lose-reply' } });
    await cloud.create('a', bytes);
    expect(fake.calls('files/upload_session/start')).toBe(1);
    expectBytes(await cloud.read('a'), bytes);
  });

  it('has one file after the reply to the end was lost', async () => {
    const cloud = patient(open(parts));
    fail(FINISH, { kind: 'lose-reply' });
    await cloud.create('a', bytes);
    expect([...fake.tree.nodes.keys()]).toEqual(['/a']);
  });

  it('starts again when Dropbox forgot the session, and gives up when it keeps forgetting', async () => {
    const cloud = open(parts);
    fake.faults.push({ matches: failsAt(APPEND, 3000), kind: { kind: 'drop' } });
    await expectCode(cloud.create('a', bytes), 'offline');
    fake.endpoints.sessions.clear();
    await cloud.create('a', bytes);
    expect(fake.calls('files/upload_session/start')).toBe(2);
    const error = { '.tag': 'lookup_failed', lookup_failed: { '.tag': 'closed' } };
    fail(FINISH, { kind: 'answer', status: 409, body: { error } }, 99);
    await expectCode(cloud.create('b', bytes), 'unavailable');
    expect(fake.calls('files/upload_session/start')).toBe(7);
  });

  it('says conflict for other content, and succeeds for the same', async () => {
    const cloud = open(parts);
    await cloud.create('a', bytes);
    await cloud.create('a', bytes.slice());
    await expectCode(cloud.create('a', someBytes(10_000, 7)), 'conflict');
  });

  it('takes a damaged file back', async () => {
    fail(APPEND, { kind: 'damage' });
    await expectCode(open(parts).create('a', bytes), 'unavailable');
    expect(fake.tree.nodes.size).toBe(0);
  });

  it('goes on after the token ended half-way', async () => {
    const cloud = open(parts);
    let isOver = false;
    fake.faults.push({
      matches: (request) => {
        if (!isOver && failsAt(APPEND, 5000)(request)) {
          isOver = true;
          fake.authority.expireAccessTokens();
        }
        return false;
      },
      kind: { kind: 'drop' },
    });
    await cloud.create('a', bytes);
    expectBytes(await cloud.read('a'), bytes);
    expect(fake.calls('files/upload_session/start')).toBe(1);
  });

  const failsAt =
    (endpoint: string, offset: number) =>
    (request: SeenRequest): boolean =>
      at(endpoint)(request) &&
      JSON.parse(request.headers['dropbox-api-arg'] ?? '').cursor.offset === offset;
});

describe('dropboxCloud sign-in by given tokens', () => {
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
      const cloud = dropboxCloud({ fetch: fake.fetch, token });
      fake.tree.add('/a/b', Buffer.from('x'));
      const refused = await token();
      fake.authority.expireAccessTokens();
      await call(cloud);
      expect(asked.slice(1)).toEqual([undefined, refused]);
      expect(fake.requests).toHaveLength(2);
    },
  );

  it.each(Object.entries(CALLS))('says unauthorized when %s is refused again', async (_, call) => {
    let made = 0;
    const cloud: CloudStorage = dropboxCloud({
      fetch: fake.fetch,
      token: async () => `bad-${++made}`,
    });
    await expectCode(call(cloud), 'unauthorized');
    expect(fake.requests).toHaveLength(2);
    const same: CloudStorage = dropboxCloud({ fetch: fake.fetch, token: async () => 'bad' });
    await expectCode(call(same), 'unauthorized');
    expect(fake.requests).toHaveLength(3);
  });

  it('asks once for all calls that are refused together', async () => {
    const { asked, token } = givenTokens(fake.authority);
    const cloud = dropboxCloud({ fetch: fake.fetch, token });
    await token();
    fake.authority.expireAccessTokens();
    await Promise.all(['a', 'b', 'c'].map((folder) => cloud.list(folder)));
    expect(asked.filter((refused) => refused !== undefined)).toHaveLength(1);
  });

  const BAD_TOKENS: Record<string, readonly [code: CloudErrorCode, token: () => Promise<string>]> =
    {
      fails: ['unauthorized', () => Promise.reject(new Error('signed out'))],
      'is not text': ['unauthorized', async () => undefined as unknown as string],
      'would break the header': ['unauthorized', async () => 'a\r\nb'],
      'is offline': ['offline', () => Promise.reject(new CloudError('offline', 'no network'))],
    };

  it.each(Object.entries(BAD_TOKENS))(
    'sends nothing when the token %s',
    async (_, [code, token]) => {
      await expectCode(dropboxCloud({ fetch: fake.fetch, token }).list('a'), code);
      expect(fake.requests).toHaveLength(0);
    },
  );

  it('is connected after a connect that worked, until it is disconnected', async () => {
    const cloud = open();
    expect(cloud.isConnected?.()).toBe(false);
    await cloud.connect?.({ interactive: true });
    expect(cloud.isConnected?.()).toBe(true);
    await cloud.disconnect?.();
    expect(cloud.isConnected?.()).toBe(false);
  });
});

describe('dropboxCloud errors', () => {
  const path = (tag: string) => ({ '.tag': 'path', path: { '.tag': tag } });
  const reason = (tag: string) => ({ '.tag': 'path', reason: { '.tag': tag } });

  it.each([
    [409, path('not_found'), 'not-found', 'path/not_found'],
    [409, path('restricted_content'), 'forbidden', 'path/restricted_content'],
    [409, path('malformed_path'), 'invalid', 'path/malformed_path'],
    [409, path('locked'), 'unavailable', 'path/locked'],
    [409, reason('insufficient_space'), 'quota-exceeded', 'path/insufficient_space'],
    [409, reason('disallowed_name'), 'invalid', 'path/disallowed_name'],
    [409, reason('no_write_permission'), 'forbidden', 'path/no_write_permission'],
    [409, reason('too_many_write_operations'), 'rate-limited', 'path/too_many_write_operations'],
    [409, { '.tag': 'something_new' }, 'invalid', 'something_new'],
    [409, 'nonsense', 'invalid', undefined],
    [401, { '.tag': 'expired_access_token' }, 'unauthorized', 'expired_access_token'],
    [401, { '.tag': 'missing_scope', required_scope: 'x.y' }, 'unauthorized', 'missing_scope'],
    [403, { '.tag': 'invalid_account_type' }, 'forbidden', 'invalid_account_type'],
    [429, { reason: { '.tag': 'too_many_requests' } }, 'rate-limited', 'too_many_requests'],
    [500, undefined, 'unavailable', undefined],
    [503, undefined, 'unavailable', undefined],
    [400, undefined, 'invalid', undefined],
  ])('maps %i %j to %s', async (status, error, code, told) => {
    fail('files/download', { kind: 'answer', status, body: { error } }, 2);
    const outcome = await open()
      .read('a')
      .catch((thrown: unknown) => thrown);
    expect(outcome).toMatchObject({ name: 'CloudError', code, details: { status } });
    expect((outcome as CloudError).details['reason']).toBe(told);
  });

  it('passes on how long Dropbox asks to wait, from the header or the body', async () => {
    const wait = (headers: Record<string, string>, body: unknown) =>
      fail('files/list_folder', { kind: 'answer', status: 429, headers, body });
    const tooMany = { reason: { '.tag': 'too_many_requests' }, retry_after: 300 };
    wait({ 'Retry-After': '7' }, { error: tooMany });
    await expect(open().list('a')).rejects.toMatchObject({ retryAfterMs: 7000 });
    wait({}, { error: tooMany });
    await expect(open().list('a')).rejects.toMatchObject({ retryAfterMs: 300_000 });
    wait({}, 'too many');
    await expect(open().list('a')).rejects.toMatchObject({ code: 'rate-limited' });
  });

  it('names the permission that the app lacks', async () => {
    const error = { '.tag': 'missing_scope', required_scope: 'files.content.write' };
    refuse('files/delete_v2', error, 401);
    refuse('files/delete_v2', error, 401);
    await expect(open().remove('a')).rejects.toMatchObject({
      message: expect.stringContaining('App Console'),
      details: { scope: 'files.content.write' },
    });
  });

  it('says how full the Dropbox is', async () => {
    fake.tree.capacity = 1500;
    const cloud = open();
    await cloud.create('a', someBytes(1000));
    await expectCode(cloud.create('b', someBytes(1000)), 'quota-exceeded');
    expect(await cloud.space?.()).toEqual({ usedBytes: 1000, freeBytes: 500 });
    const allocation = { '.tag': 'team', used: 90, allocated: 100 };
    const body = { used: 20, allocation };
    fail('users/get_space_usage', { kind: 'answer', status: 200, body });
    expect(await cloud.space?.()).toEqual({ usedBytes: 20, freeBytes: 10 });
    fail('users/get_space_usage', { kind: 'answer', status: 200, body: {} });
    expect(await cloud.space?.()).toEqual({});
  });

  it('says offline when nobody answers, and never names a token', async () => {
    const cloud = dropboxCloud({
      token: async () => 'secret-token',
      fetch: () => Promise.reject(new TypeError('fetch failed')),
    });
    const error = await cloud.list('a').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'offline' });
    expect(String(error) + JSON.stringify(error)).not.toContain('secret-token');
  });

  it('takes any other failure to remove for one', async () => {
    refuse('files/delete_v2', {
      '.tag': 'path_write',
      path_write: { '.tag': 'no_write_permission' },
    });
    await expectCode(open().remove('a'), 'forbidden');
  });

  it.each([{ chunkBytes: 0 }, { chunkBytes: 1.5 }, { sessionAboveBytes: Number.NaN }])(
    'refuses the settings %j',
    (settings) => {
      expect(() => open(settings)).toThrow(expect.objectContaining({ code: 'invalid' }));
    },
  );
});
