import { describe, expect, it } from 'vitest';
import { webDavCloud, type WebDavCloudOptions } from './web-dav-cloud.js';

const bytes = new TextEncoder().encode('0123456789');

/** A server that answers as scripted and notes what it was asked. */
const setUp = (answers: readonly Response[], options: Partial<WebDavCloudOptions> = {}) => {
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

  it.each([200, 405, 501])('refuses %i, which no WebDAV folder answers', async (code) => {
    const { cloud } = setUp([status(code), status(code)]);
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'invalid' });
    await expect(cloud.connect?.({ interactive: true })).rejects.toMatchObject({ code: 'invalid' });
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

describe('webDavCloud options', () => {
  it('signs in with Basic in UTF-8, a token, or a fresh token each time', async () => {
    const headerFor = async (credentials: WebDavCloudOptions['credentials']) => {
      const { cloud, requests } = setUp([status(404), status(404)], {
        ...(credentials && { credentials }),
      });
      await cloud.list('a');
      await cloud.list('a');
      return requests.map(({ headers }) => headers.get('authorization'));
    };
    const basic = `Basic ${Buffer.from('anna:grün:käse').toString('base64')}`;
    expect(await headerFor({ username: 'anna', password: 'grün:käse' })).toEqual([basic, basic]);
    expect(await headerFor({ token: 't' })).toEqual(['Bearer t', 'Bearer t']);
    let made = 0;
    expect(await headerFor(async () => `t${++made}`)).toEqual(['Bearer t1', 'Bearer t2']);
    expect(await headerFor(undefined)).toEqual([null, null]);
  });

  it('says unauthorized when no token is given', async () => {
    const { cloud } = setUp([], { credentials: () => Promise.reject(new Error('signed out')) });
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unauthorized' });
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
