import { describe, expect, it } from 'vitest';
import { CloudError } from '../port/cloud-error.js';
import { withRetry } from '../retry/with-retry.js';
import { webDavCloud, type WebDavCloudOptions } from './web-dav-cloud.js';

const bytes = new TextEncoder().encode('0123456789');

/** A server that answers as scripted and notes what it was asked. */
const setUp = (
  answers: readonly (Response | Promise<Response>)[],
  options: Partial<WebDavCloudOptions> = {},
) => {
  const requests: Request[] = [];
  const queue = [...answers];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    requests.push(new Request(input, init));
    return queue.shift() ?? new Response(null, { status: 418 });
  };
  const cloud = webDavCloud({ url: 'https://cloud.test/dav', fetch, ...options });
  const lines = () =>
    requests.map(({ method, url }) => `${method} ${new URL(url).pathname.replace('/dav/', '')}`);
  return { cloud, requests, lines };
};
const status = (code: number, headers: Record<string, string> = {}) =>
  new Response(null, { status: code, headers });
const properties = (href: string, size: number) =>
  new Response(
    `<multistatus xmlns="DAV:"><response><href>${href}</href><propstat><prop><resourcetype/><getcontentlength>${size}</getcontentlength></prop></propstat></response></multistatus>`,
    { status: 207 },
  );
const EMPTY_FOLDER =
  '<multistatus xmlns="DAV:"><response><href>/dav/a/</href><propstat><prop><resourcetype><collection/></resourcetype></prop></propstat></response></multistatus>';

describe('webDavCloud create', () => {
  it('is one request, which asks not to write over', async () => {
    const { cloud, requests, lines } = setUp([status(201)]);
    await cloud.create('a/b c', bytes);
    expect(lines()).toEqual(['PUT a/b%20c']);
    expect([...(requests[0]?.headers ?? [])]).toEqual([['if-none-match', '*']]);
    expect(new Uint8Array((await requests[0]?.arrayBuffer()) ?? [])).toEqual(bytes);
  });

  it('makes folders only after the server missed one, and remembers them', async () => {
    const { cloud, lines } = setUp([409, 201, 201, 201, 201, 409, 201, 201].map((s) => status(s)));
    await cloud.create('a/b/1', bytes);
    await cloud.create('a/b/2', bytes);
    await cloud.create('a/c/3', bytes);
    expect(lines()).toEqual([
      ...['PUT a/b/1', 'MKCOL a/', 'MKCOL a/b/', 'PUT a/b/1'],
      'PUT a/b/2',
      ...['PUT a/c/3', 'MKCOL a/c/', 'PUT a/c/3'],
    ]);
  });

  it('does not make again a folder that a listing showed', async () => {
    const { cloud, lines } = setUp([
      new Response(EMPTY_FOLDER, { status: 207 }),
      ...[409, 201, 201].map((s) => status(s)),
    ]);
    await cloud.list('a');
    await cloud.create('a/b/1', bytes);
    expect(lines()).toEqual(['PROPFIND a/', 'PUT a/b/1', 'MKCOL a/b/', 'PUT a/b/1']);
  });

  it('makes folders again that somebody removed meanwhile', async () => {
    const { cloud, lines } = setUp([
      new Response(EMPTY_FOLDER, { status: 207 }),
      ...[409, 409, 201, 409, 201, 201, 201].map((s) => status(s)),
    ]);
    await cloud.list('a');
    await cloud.create('a/b/1', bytes);
    expect(lines().slice(1)).toEqual([
      ...['PUT a/b/1', 'MKCOL a/b/', 'MKCOL ', 'MKCOL a/b/'],
      ...['MKCOL a/', 'MKCOL a/b/', 'PUT a/b/1'],
    ]);
  });

  it('takes 405 for a folder that is there already', async () => {
    const { cloud, lines } = setUp([404, 405, 201].map((s) => status(s)));
    await cloud.create('a/1', bytes);
    expect(lines()).toEqual(['PUT a/1', 'MKCOL a/', 'PUT a/1']);
  });

  it('takes 500 for a missing folder, as nginx says it, where none was seen', async () => {
    const { cloud, lines } = setUp([500, 201, 201, 500].map((s) => status(s)));
    await cloud.create('a/1', bytes);
    await expect(cloud.create('a/2', bytes)).rejects.toMatchObject({ code: 'unavailable' });
    expect(lines()).toEqual(['PUT a/1', 'MKCOL a/', 'PUT a/1', 'PUT a/2']);
  });

  it('makes each folder once for files written at once', async () => {
    const { cloud, lines } = setUp([409, 409, 409, 201, 201, 201, 201].map((s) => status(s)));
    await Promise.all(['1', '2', '3'].map((name) => cloud.create(`a/${name}`, bytes)));
    expect(lines().filter((line) => line.startsWith('MKCOL'))).toEqual(['MKCOL a/']);
  });

  it('succeeds when the server has the file in that size', async () => {
    const { cloud, lines } = setUp([status(412), properties('/dav/a/1', 10)]);
    await cloud.create('a/1', bytes);
    expect(lines()).toEqual(['PUT a/1', 'PROPFIND a/1']);
  });

  it('says conflict when the server has the file in another size', async () => {
    const { cloud } = setUp([status(412), properties('/dav/a/1', 7)]);
    await expect(cloud.create('a/1', bytes)).rejects.toMatchObject({
      code: 'conflict',
      details: { path: 'a/1', size: 7 },
    });
  });

  describe.each([405, 501])('where PROPFIND is answered with %i', (refusal) => {
    const headers = { 'Content-Length': '10' };

    it('asks by HEAD for the size of what is there', async () => {
      const { cloud, lines } = setUp([status(412), status(refusal), status(200, headers)]);
      await cloud.create('a/1', bytes);
      expect(lines()).toEqual(['PUT a/1', 'PROPFIND a/1', 'HEAD a/1']);
      const other = setUp([status(412), status(refusal), status(200, headers)]);
      await expect(other.cloud.create('a/1', bytes.subarray(1))).rejects.toMatchObject({
        code: 'conflict',
        details: { path: 'a/1', size: 10 },
      });
    });

    it('writes without the condition when it is not there', async () => {
      const answers = [status(412), status(refusal), status(404), status(201)];
      const { cloud, requests } = setUp(answers);
      await cloud.create('a/1', bytes);
      expect(requests[3]?.headers.has('if-none-match')).toBe(false);
    });

    it.each([
      ['no size', status(200)],
      ['a size that is none', status(200, { 'Content-Length': 'many' })],
      ['the size of what it packed', status(200, { ...headers, 'Content-Encoding': 'gzip' })],
      ['a refusal', status(405)],
    ])('throws rather than guess from %s', async (_, answer) => {
      const { cloud, lines } = setUp([status(412), status(refusal), answer.clone()]);
      await expect(cloud.create('a/1', bytes)).rejects.toMatchObject({ code: 'invalid' });
      expect(lines()).toHaveLength(3);
    });
  });

  it('writes without the condition when the server refuses it for an absent file', async () => {
    const { cloud, requests } = setUp([status(412), status(404), status(201)]);
    await cloud.create('a/1', bytes);
    expect(requests[2]?.headers.has('if-none-match')).toBe(false);
  });

  it.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [423, 'unavailable'],
    [502, 'unavailable'],
    [507, 'quota-exceeded'],
    [413, 'invalid'],
  ])('maps %i to %s', async (code, expected) => {
    const { cloud } = setUp([status(code)]);
    await expect(cloud.create('a/1', bytes)).rejects.toMatchObject({ code: expected });
  });

  it('passes on how long the server asks to wait', async () => {
    const { cloud } = setUp([status(429, { 'Retry-After': '3' })]);
    await expect(cloud.create('a/1', bytes)).rejects.toMatchObject({
      code: 'rate-limited',
      retryAfterMs: 3000,
    });
  });
});

describe('webDavCloud while folders are made', () => {
  it('lets a caller go who gives up, and makes them for the others', async () => {
    const aborter = new AbortController();
    let make = (): void => undefined;
    const made = new Promise<Response>((resolve) => (make = () => resolve(status(201))));
    const { cloud, lines } = setUp([status(409), status(409), made, status(201)]);
    const given = expect(
      cloud.create('a/1', bytes, { signal: aborter.signal }),
    ).rejects.toMatchObject({ code: 'aborted' });
    const waiting = cloud.create('a/2', bytes);
    await expect.poll(() => lines().length).toBe(3);
    aborter.abort();
    await given;
    make();
    await waiting;
    expect(lines()).toEqual(['PUT a/1', 'PUT a/2', 'MKCOL a/', 'PUT a/2']);
  });
});

describe('webDavCloud read', () => {
  const range = { offset: 2, length: 3 };

  it('asks for a part and takes it', async () => {
    const part = new Response('234', { status: 206, headers: { 'Content-Range': 'bytes 2-4/10' } });
    const { cloud, requests } = setUp([part]);
    expect(await cloud.read('a', { range })).toEqual(bytes.slice(2, 5));
    expect([...(requests[0]?.headers ?? [])]).toEqual([['range', 'bytes=2-4']]);
  });

  it('cuts the part itself when the server sends everything', async () => {
    const { cloud } = setUp([new Response(bytes, { status: 200 })]);
    expect(await cloud.read('a', { range })).toEqual(bytes.slice(2, 5));
  });

  it('takes 416 for nothing left', async () => {
    expect(await setUp([status(416)]).cloud.read('a', { range })).toEqual(new Uint8Array());
  });

  it('refuses another part than it asked for', async () => {
    const other = { status: 206, headers: { 'Content-Range': 'bytes 0-2/10' } };
    const { cloud } = setUp([new Response('012', other), new Response('2345', { status: 206 })]);
    await expect(cloud.read('a', { range })).rejects.toMatchObject({ code: 'invalid' });
    await expect(cloud.read('a', { range })).rejects.toMatchObject({ code: 'invalid' });
  });

  it('says so when the server unpacks .gz files on the way', async () => {
    const coded = { headers: { 'Content-Encoding': 'x-gzip' } };
    const { cloud } = setUp([new Response('{"plain":1}', coded)]);
    await expect(cloud.read('a.json.gz')).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('AddEncoding'),
    });
  });
});

describe('webDavCloud remove', () => {
  it.each([200, 204, 404, 410])('takes %i for removed', async (code) => {
    const { cloud, lines } = setUp([status(code)]);
    await cloud.remove('a/1');
    expect(lines()).toEqual(['DELETE a/1']);
  });

  it('says what else the server answered', async () => {
    const { cloud } = setUp([status(403)]);
    await expect(cloud.remove('a/1')).rejects.toMatchObject({
      code: 'forbidden',
      details: { path: 'a/1', status: 403 },
    });
  });
});

describe('webDavCloud list', () => {
  it('asks once, for exactly what it needs', async () => {
    const { cloud, requests } = setUp([status(404)]);
    expect(await cloud.list('a')).toEqual([]);
    expect(requests).toHaveLength(1);
    expect([...(requests[0]?.headers ?? [])]).toEqual([
      ['content-type', 'application/xml; charset=utf-8'],
      ['depth', '1'],
    ]);
  });

  it.each([
    [200, 'address'],
    [405, 'PROPFIND'],
    [501, 'PROPFIND'],
  ])('refuses %i, which no WebDAV folder answers, and names the %s', async (code, word) => {
    const { cloud } = setUp([status(code), status(code)]);
    const refused = { code: 'invalid', message: expect.stringContaining(word) };
    await expect(cloud.list('a')).rejects.toMatchObject(refused);
    await expect(cloud.connect?.({ interactive: true })).rejects.toMatchObject(refused);
  });

  it('is never empty when the server refuses to list', async () => {
    for (const code of [301, 400, 401, 403, 405, 409, 423, 429, 500, 501, 503]) {
      for (const listing of ['propfind', 'autoindex-json'] as const) {
        const { cloud } = setUp([status(code), status(code)], { listing });
        await expect(cloud.list('a')).rejects.toBeInstanceOf(CloudError);
        await expect(cloud.listFolders('a')).rejects.toBeInstanceOf(CloudError);
      }
    }
  });

  it('throws rather than guess a size or a time', async () => {
    const folder = (props: string) =>
      new Response(
        EMPTY_FOLDER.replace(
          '</multistatus>',
          `<response><href>/dav/a/1</href><propstat><prop>${props}</prop></propstat></response></multistatus>`,
        ),
        { status: 207 },
      );
    const time = '<getlastmodified>Wed, 31 Jan 2024 10:15:30 GMT</getlastmodified>';
    const size = '<getcontentlength>5</getcontentlength>';
    const { cloud } = setUp([folder(time + size), folder(time), folder(size)]);
    expect(await cloud.list('a')).toHaveLength(1);
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'invalid' });
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('webDavCloud space', () => {
  const told = (props: string, status = '200 OK') =>
    new Response(
      `<multistatus xmlns="DAV:"><response><href>/dav/</href><propstat><prop>${props}</prop><status>HTTP/1.1 ${status}</status></propstat></response></multistatus>`,
      { status: 207 },
    );
  const used = '<quota-used-bytes>1000</quota-used-bytes>';

  it.each([
    [used, { usedBytes: 1000 }],
    [`${used}<quota-available-bytes>0</quota-available-bytes>`, { usedBytes: 1000, freeBytes: 0 }],
    // Nextcloud: -3 for no limit, -2 for not known.
    [`${used}<quota-available-bytes>-3</quota-available-bytes>`, { usedBytes: 1000 }],
    ['', {}],
  ])('is what the server tells in %s', async (props, space) => {
    const { cloud, lines, requests } = setUp([told(props)]);
    expect(await cloud.space?.()).toEqual(space);
    expect(lines()).toEqual(['PROPFIND ']);
    expect(requests[0]?.headers.get('depth')).toBe('0');
  });

  it('is not known where the server has no such property, no folder yet, or no PROPFIND', async () => {
    expect(await setUp([told(used, '404 Not Found')]).cloud.space?.()).toEqual({});
    expect(await setUp([status(404)]).cloud.space?.()).toEqual({});
    const indexed = setUp([], { listing: 'autoindex-json' });
    expect(await indexed.cloud.space?.()).toEqual({});
    expect(indexed.requests).toEqual([]);
  });

  it('fails as every call', async () => {
    await expect(setUp([status(401)]).cloud.space?.()).rejects.toMatchObject({
      code: 'unauthorized',
    });
  });
});

describe('webDavCloud where an nginx shows folders as JSON', () => {
  const index = (...entries: readonly object[]) => Response.json(entries);
  const mtime = 'Wed, 31 Jan 2024 10:15:30 GMT';
  const listing = 'autoindex-json';

  it('lists by GET of the folder', async () => {
    const answer = () =>
      index({ name: 'sub', type: 'directory', mtime }, { name: 'f', type: 'file', mtime, size: 5 });
    const { cloud, lines } = setUp([answer(), answer()], { listing });
    const modifiedAt = '2024-01-31T10:15:30.000Z';
    expect(await cloud.list('a b')).toEqual([{ path: 'a b/f', size: 5, modifiedAt }]);
    expect(await cloud.listFolders('a b')).toEqual(['sub']);
    expect(lines()).toEqual(['GET a%20b/', 'GET a%20b/']);
  });

  it('is empty for a folder that is not there, and nothing else', async () => {
    const page = new Response('<html>Index of /dav/a/</html>', { status: 200 });
    const { cloud } = setUp([status(404), page], { listing });
    expect(await cloud.list('a')).toEqual([]);
    await expect(cloud.list('a')).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('autoindex_format json'),
    });
  });

  it('asks for the list to connect', async () => {
    const { cloud, lines } = setUp([index(), status(403)], { listing });
    await cloud.connect?.({ interactive: true });
    await expect(cloud.connect?.({ interactive: true })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(lines()).toEqual(['GET ', 'GET ']);
  });

  it('looks a file up in the list when it is told that there is one', async () => {
    const there = () => index({ name: '1', type: 'file', mtime, size: 10 });
    const { cloud, lines } = setUp(
      [status(412), there(), status(412), there(), status(412), index(), status(201)],
      { listing },
    );
    await cloud.create('a/1', bytes);
    await expect(cloud.create('a/1', bytes.slice(1))).rejects.toMatchObject({ code: 'conflict' });
    await cloud.create('1', bytes);
    expect(lines()).toEqual([
      ...['PUT a/1', 'GET a/', 'PUT a/1', 'GET a/'],
      ...['PUT 1', 'GET ', 'PUT 1'],
    ]);
  });
});

describe('webDavCloud and locks', () => {
  it('says what a lock is, and that it may pass', async () => {
    const { cloud } = setUp([status(423)]);
    await expect(cloud.create('a/1', bytes)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('locked'),
      details: { status: 423 },
    });
  });

  it('are waited for so often and no more by withRetry', async () => {
    const policy = { sleep: () => Promise.resolve(), now: () => 0 };
    const passing = setUp([423, 423, 201].map((code) => status(code)));
    await withRetry(passing.cloud, policy).create('a/1', bytes);
    expect(passing.lines()).toEqual(['PUT a/1', 'PUT a/1', 'PUT a/1']);
    const stuck = setUp(Array.from({ length: 99 }, () => status(423)));
    const outcome = withRetry(stuck.cloud, policy).create('a/1', bytes);
    await expect(outcome).rejects.toMatchObject({ code: 'unavailable' });
    expect(stuck.lines()).toHaveLength(5);
  });
});

describe('webDavCloud options', () => {
  it.each([
    ['https://cloud.test/dav', '/dav/a/1'],
    ['https://cloud.test/dav/', '/dav/a/1'],
    ['https://cloud.test', '/a/1'],
    ['https://cloud.test/my chats/', '/my%20chats/a/1'],
    ['https://cloud.test/my%20chats', '/my%20chats/a/1'],
    ['https://cloud.test/Grüße', '/Gr%C3%BC%C3%9Fe/a/1'],
    ['https://cloud.test/gr%c3%bc%c3%9fe', '/gr%c3%bc%c3%9fe/a/1'],
    ['https://cloud.test/100%/50%25/%zz', '/100%25/50%25/%25zz/a/1'],
    ['https://cloud.test/a/./b/../c', '/a/c/a/1'],
    [
      'https://cloud.test/remote.php/dav/files/anna%40example.org',
      '/remote.php/dav/files/anna%40example.org/a/1',
    ],
    ['https://cloud.test/dav?page=1#top', '/dav/a/1'],
  ])('takes the folder %s', async (url, path) => {
    const { cloud, requests } = setUp([status(201)], { url });
    await cloud.create('a/1', bytes);
    expect(new URL(requests[0]?.url ?? '').pathname).toBe(path);
  });

  it.each([
    ['https://cloud.test/my chats/', '/my%20chats/a/', '/my%20chats/a/1'],
    ['https://cloud.test/Grüße', '/Gru%cc%88%c3%9Fe/a', '/Gru%cc%88%c3%9Fe/a/1'],
    [
      'https://cloud.test/Gru\u0308\u00dfe',
      '/Gr%C3%BC%C3%9Fe/a/',
      'https://cloud.test/Gr%c3%bc%c3%9fe/a/1',
    ],
    ['https://cloud.test/100%', '/100%25/a/', '/100%25/a/1'],
    ['https://cloud.test/100%', '/100%/a/', '/100%/a/1'],
    ['https://cloud.test/a%2Bb', '/a+b/a/', '/a%2bb/a/1'],
  ])('finds members of %s that the server writes as %s', async (url, folder, file) => {
    const collection = '<resourcetype><collection/></resourcetype>';
    const properties =
      '<getcontentlength>5</getcontentlength><getlastmodified>Wed, 31 Jan 2024 10:15:30 GMT</getlastmodified>';
    const responses = [
      [folder, collection],
      [file, properties],
    ].map(
      ([href, props]) =>
        `<response><href>${href}</href><propstat><prop>${props}</prop></propstat></response>`,
    );
    const xml = `<multistatus xmlns="DAV:">${responses.join('')}</multistatus>`;
    const { cloud } = setUp([new Response(xml, { status: 207 })], { url });
    expect((await cloud.list('a')).map(({ path }) => path)).toEqual(['a/1']);
  });

  it('signs each request in', async () => {
    const credentials = { username: 'anna', password: 'grün' };
    const { cloud, requests } = setUp(
      [409, 201, 201].map((code) => status(code)),
      { credentials },
    );
    await cloud.create('a/1', bytes);
    const basic = `Basic ${Buffer.from('anna:grün').toString('base64')}`;
    expect(requests.map(({ headers }) => headers.get('authorization'))).toEqual(
      Array(3).fill(basic),
    );
    expect(() => setUp([], { credentials: { token: 'not a token' } })).toThrow(CloudError);
  });

  it.each(['ftp://cloud.test/', 'not a url', 'https://anna:secret@cloud.test/', ''])(
    'refuses the url %j without repeating it',
    (url) => {
      const make = () => webDavCloud({ url });
      expect(make).toThrow(expect.objectContaining({ code: 'invalid' }));
      expect(make).not.toThrow(/secret/);
    },
  );

  it('is named after its host unless told otherwise', () => {
    expect(webDavCloud({ url: 'https://cloud.test/dav' })).toMatchObject({
      providerId: 'webdav',
      displayName: 'cloud.test',
    });
    const named = { url: 'https://cloud.test/', providerId: 'home', displayName: 'At home' };
    expect(webDavCloud(named)).toMatchObject({ providerId: 'home', displayName: 'At home' });
  });
});
