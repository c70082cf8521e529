import { describe, expect, it, vi } from 'vitest';
import { s3Cloud, type S3CloudOptions } from './s3-cloud.js';

const bytes = new TextEncoder().encode('0123456789');
const KEYS = { accessKeyId: 'AKID', secretAccessKey: 'a secret of ours'.replaceAll(' ', '/') };
const NOW = Date.UTC(2024, 0, 31, 10, 15, 30);

/** A service that answers as scripted and notes what it was asked. */
const setUp = (answers: readonly Response[], options: Partial<S3CloudOptions> = {}) => {
  const requests: Request[] = [];
  const queue = [...answers];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    requests.push(new Request(input, init));
    return queue.shift() ?? new Response(null, { status: 418 });
  };
  const cloud = s3Cloud({
    endpoint: 'https://s3.test',
    bucket: 'vault',
    region: 'eu-test-1',
    credentials: KEYS,
    now: () => NOW,
    fetch,
    ...options,
  });
  const lines = () =>
    requests.map(({ method, url }) => {
      const { pathname, search } = new URL(url);
      return `${method} ${pathname.replace('/vault', '')}${search}`;
    });
  const conditions = () => requests.map(({ headers }) => headers.get('If-None-Match'));
  return { cloud, requests, lines, conditions };
};
const status = (code: number, headers: Record<string, string> = {}) =>
  new Response(null, { status: code, headers });
const refusal = (code: number, reason: string, more = '', headers: Record<string, string> = {}) =>
  new Response(
    `<?xml version="1.0"?>\n<Error><Code>${reason}</Code><Message>A sentence.</Message>${more}</Error>`,
    { status: code, headers },
  );
const sized = (size: number) => status(200, { 'Content-Length': `${size}` });
const page = (content: string, next = '') =>
  new Response(
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType>${content}<IsTruncated>${next !== ''}</IsTruncated>${next && `<NextContinuationToken>${next}</NextContinuationToken>`}</ListBucketResult>`,
  );
const contents = (key: string, size = 5) =>
  `<Contents><Key>${key}</Key><LastModified>2024-01-31T10:15:30.000Z</LastModified><ETag>"x"</ETag><Size>${size}</Size></Contents>`;

describe('s3Cloud create', () => {
  it('is one request, signed, which asks not to write over', async () => {
    const { cloud, requests, lines } = setUp([status(200)]);
    await cloud.create('a/b c', bytes);
    expect(lines()).toEqual(['PUT /a/b%20c']);
    expect([...(requests[0]?.headers ?? [])]).toEqual([
      [
        'authorization',
        expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=AKID\/20240131\/eu-test-1\/s3\/aws4_request, SignedHeaders=host;if-none-match;x-amz-content-sha256;x-amz-date, Signature=[\da-f]{64}$/,
        ),
      ],
      ['if-none-match', '*'],
      ['x-amz-content-sha256', '84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882'],
      ['x-amz-date', '20240131T101530Z'],
    ]);
    expect(new Uint8Array((await requests[0]?.arrayBuffer()) ?? [])).toEqual(bytes);
  });

  it.each([412, 304])('succeeds when the service has the file in that size: %i', async (code) => {
    const { cloud, lines } = setUp([status(code), sized(10)]);
    await cloud.create('a/1', bytes);
    expect(lines()).toEqual(['PUT /a/1', 'HEAD /a/1']);
  });

  it('says conflict when the service has the file in another size', async () => {
    const { cloud } = setUp([refusal(412, 'PreconditionFailed'), sized(7)]);
    await expect(cloud.create('a/1', bytes)).rejects.toMatchObject({
      code: 'conflict',
      details: { path: 'a/1' },
      message: expect.stringContaining('7 bytes'),
    });
  });

  it('says what is the matter when it cannot learn the size', async () => {
    const { cloud } = setUp([status(412), status(403), status(412), status(200)]);
    await expect(cloud.create('a/1', bytes)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(cloud.create('a/1', bytes)).rejects.toMatchObject({ code: 'invalid' });
  });

  it('writes without the condition when the service refuses it for an absent file', async () => {
    const { cloud, conditions } = setUp([status(412), status(404), status(200), status(200)]);
    await cloud.create('a/1', bytes);
    await cloud.create('a/2', bytes);
    expect(conditions()).toEqual(['*', null, null, '*']);
  });

  it.each([
    [501, 'NotImplemented'],
    [400, 'NotImplemented'],
    [400, 'InvalidArgument'],
    [400, 'InvalidRequest'],
  ])('does without the condition, for good, where it is refused: %i %s', async (code, reason) => {
    const { cloud, conditions } = setUp([refusal(code, reason), status(200), status(200)]);
    await cloud.create('a/1', bytes);
    await cloud.create('a/2', bytes);
    expect(conditions()).toEqual(['*', null, null]);
  });

  it('does not take another refusal for one of the condition', async () => {
    const { cloud, conditions } = setUp([
      ...[refusal(400, 'InvalidArgument'), refusal(400, 'InvalidArgument')],
      ...[refusal(400, 'KeyTooLongError'), status(200)],
    ]);
    await expect(cloud.create('a/1', bytes)).rejects.toMatchObject({ code: 'invalid' });
    await expect(cloud.create('a/1', bytes)).rejects.toMatchObject({ code: 'invalid' });
    await cloud.create('a/1', bytes);
    expect(conditions()).toEqual(['*', null, '*', '*']);
  });

  it('comes again when another write of that name is under way, and gives up in the end', async () => {
    const busy = () => refusal(409, 'ConditionalRequestConflict');
    const { cloud, lines } = setUp([busy(), busy(), status(200), busy(), busy(), busy()]);
    await cloud.create('a/1', bytes);
    await expect(cloud.create('a/1', bytes)).rejects.toMatchObject({ code: 'unavailable' });
    expect(lines()).toEqual(Array.from({ length: 6 }, () => 'PUT /a/1'));
  });
});

describe('s3Cloud read', () => {
  const range = { offset: 2, length: 3 };

  it('asks for a part and takes it', async () => {
    const part = new Response('234', { status: 206, headers: { 'Content-Range': 'bytes 2-4/10' } });
    const { cloud, requests } = setUp([part]);
    expect(await cloud.read('a', { range })).toEqual(bytes.slice(2, 5));
    expect(requests[0]?.headers.get('range')).toBe('bytes=2-4');
  });

  it('cuts the part itself when the service sends more', async () => {
    const more = { status: 206, headers: { 'Content-Range': 'bytes 2-9/10' } };
    const { cloud } = setUp([new Response(bytes), new Response(bytes.slice(2), more)]);
    expect(await cloud.read('a', { range })).toEqual(bytes.slice(2, 5));
    expect(await cloud.read('a', { range })).toEqual(bytes.slice(2, 5));
  });

  it('takes 416 for nothing left', async () => {
    const { cloud } = setUp([refusal(416, 'InvalidRange')]);
    expect(await cloud.read('a', { range })).toEqual(new Uint8Array());
  });

  it('refuses another part than it asked for', async () => {
    const other = { status: 206, headers: { 'Content-Range': 'bytes 0-2/10' } };
    const { cloud } = setUp([new Response('012', other), new Response('2345', { status: 206 })]);
    await expect(cloud.read('a', { range })).rejects.toMatchObject({ code: 'invalid' });
    await expect(cloud.read('a', { range })).rejects.toMatchObject({ code: 'invalid' });
  });

  it('notices that less arrived than there is', async () => {
    const { cloud } = setUp([
      new Response('01234', { headers: { 'Content-Length': '10' } }),
      new Response('2', { status: 206, headers: { 'Content-Range': 'bytes 2-4/10' } }),
    ]);
    await expect(cloud.read('a')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(cloud.read('a', { range })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it.each([204, 206, 304])('does not take %i for a file', async (code) => {
    const { cloud } = setUp([status(code)]);
    await expect(cloud.read('a')).rejects.toMatchObject({ code: 'invalid' });
  });

  it('tells an absent file from a forbidden one where AWS says 403 for both', async () => {
    const denied = () => refusal(403, 'AccessDenied');
    const { cloud, lines } = setUp(
      [denied(), page(''), denied(), page(contents('p/a/1')), denied(), page(contents('p/a/10'))],
      { prefix: 'p' },
    );
    await expect(cloud.read('a/1')).rejects.toMatchObject({ code: 'not-found' });
    await expect(cloud.read('a/1')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(cloud.read('a/1')).rejects.toMatchObject({ code: 'not-found' });
    expect(lines().slice(0, 2)).toEqual([
      'GET /p/a/1',
      'GET ?encoding-type=url&list-type=2&max-keys=1&prefix=p%2Fa%2F1',
    ]);
  });

  it('stays with forbidden when the keys may not list either', async () => {
    const { cloud } = setUp([refusal(403, 'AccessDenied'), refusal(403, 'AccessDenied')]);
    await expect(cloud.read('a/1')).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('s3Cloud remove', () => {
  it.each([status(204), status(200), refusal(404, 'NoSuchKey'), status(404)])(
    'takes it for removed: %#',
    async (answer) => {
      const { cloud, lines } = setUp([answer]);
      await cloud.remove('a/1');
      expect(lines()).toEqual(['DELETE /a/1']);
    },
  );

  it('says what else the service answered', async () => {
    const { cloud } = setUp([refusal(403, 'AccessDenied'), refusal(404, 'NoSuchBucket')]);
    await expect(cloud.remove('a/1')).rejects.toMatchObject({
      code: 'forbidden',
      details: { path: 'a/1', status: 403, reason: 'AccessDenied' },
    });
    await expect(cloud.remove('a/1')).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('s3Cloud list', () => {
  it('asks once, for exactly what it needs', async () => {
    const { cloud, lines } = setUp([page(''), page('')], { prefix: 'p' });
    expect(await cloud.list('a b')).toEqual([]);
    expect(await cloud.listFolders('')).toEqual([]);
    expect(lines()).toEqual([
      'GET ?delimiter=%2F&encoding-type=url&list-type=2&prefix=p%2Fa%20b%2F',
      'GET ?delimiter=%2F&encoding-type=url&list-type=2&prefix=p%2F',
    ]);
  });

  it('follows pages to the end, empty ones too', async () => {
    const { cloud, lines } = setUp([
      page(contents('a/1'), 't+1/='),
      page('', 't2'),
      page(contents('a/2')),
    ]);
    expect((await cloud.list('a')).map(({ path }) => path)).toEqual(['a/1', 'a/2']);
    expect(lines().map((line) => /token=([^&]*)/.exec(line)?.[1])).toEqual([
      undefined,
      't%2B1%2F%3D',
      't2',
    ]);
  });

  it('begins anew when the service forgets its token, and gives up in the end', async () => {
    const start = () => page(contents('a/1'), 't');
    const forgotten = () => refusal(400, 'InvalidArgument');
    const { cloud } = setUp([
      ...[start(), forgotten(), start(), page(contents('a/2'))],
      ...[start(), forgotten(), start(), forgotten(), start(), forgotten()],
    ]);
    expect((await cloud.list('a')).map(({ path }) => path)).toEqual(['a/1', 'a/2']);
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('gives nothing when a later page fails', async () => {
    for (const failed of [status(503), refusal(403, 'AccessDenied'), new Response('<html/>')]) {
      const { cloud } = setUp([page(contents('a/1'), 't'), failed]);
      await expect(cloud.list('a')).rejects.toMatchObject({ name: 'CloudError' });
    }
  });

  it('refuses a listing that never ends', async () => {
    const { cloud } = setUp(['t1', 't2', 't1'].map((next) => page(contents('a/1'), next)));
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'invalid' });
  });

  it('refuses a listing of other places', async () => {
    const { cloud } = setUp([page(contents('b/1')), page('', '')]);
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'invalid' });
  });

  it('leaves out names that cannot be ours, and finds folders however they are told', async () => {
    const odd = ['', '..', '.', 'x%5Cy', 'x%0Ay', '%00', '%ED%A0%80', '/y', '%zz'];
    const { cloud } = setUp([
      page(odd.map((name) => contents(`a/${name}`)).join('') + contents('a/1')),
      page(
        contents('a/b/deep') +
          ['c/', '../', '/', './/x/'].map((name) => folded(`a/${name}`)).join(''),
      ),
    ]);
    expect(await cloud.list('a')).toEqual([
      { path: 'a/1', size: 5, modifiedAt: '2024-01-31T10:15:30.000Z' },
    ]);
    expect(await cloud.listFolders('a')).toEqual(['b', 'c']);
  });
});

const folded = (prefix: string) => `<CommonPrefixes><Prefix>${prefix}</Prefix></CommonPrefixes>`;

describe('s3Cloud connect', () => {
  it('looks at the bucket', async () => {
    const { cloud, lines } = setUp([page(contents('p/x'), 'more')], { prefix: 'p' });
    await cloud.connect?.({ interactive: false });
    expect(lines()).toEqual(['GET ?encoding-type=url&list-type=2&max-keys=1&prefix=p%2F']);
  });

  it('says that something else answers', async () => {
    const { cloud } = setUp([new Response('<!doctype html><html></html>')]);
    await expect(cloud.connect?.({ interactive: true })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('endpoint'),
    });
  });
});

describe('s3Cloud errors', () => {
  it.each([
    [403, 'AccessDenied', 'forbidden'],
    [403, 'AllAccessDisabled', 'forbidden'],
    [403, 'InvalidAccessKeyId', 'unauthorized'],
    [403, 'SignatureDoesNotMatch', 'unauthorized'],
    [403, 'InvalidTokenId', 'unauthorized'],
    [400, 'ExpiredToken', 'unauthorized'],
    [400, 'InvalidToken', 'unauthorized'],
    [400, 'TokenRefreshRequired', 'unauthorized'],
    [401, 'Unauthorized', 'unauthorized'],
    [503, 'SlowDown', 'rate-limited'],
    [503, 'SlowDownWrite', 'rate-limited'],
    [503, 'RequestThrottled', 'rate-limited'],
    [400, 'Throttling', 'rate-limited'],
    [400, 'RequestLimitExceeded', 'rate-limited'],
    [429, 'TooManyRequests', 'rate-limited'],
    [503, 'ServiceUnavailable', 'unavailable'],
    [500, 'InternalError', 'unavailable'],
    [409, 'OperationAborted', 'unavailable'],
    [400, 'RequestTimeout', 'unavailable'],
    [400, 'IncompleteBody', 'unavailable'],
    [400, 'BadDigest', 'unavailable'],
    [400, 'XAmzContentSHA256Mismatch', 'unavailable'],
    [403, 'QuotaExceeded', 'quota-exceeded'],
    [400, 'XMinioAdminBucketQuotaExceeded', 'quota-exceeded'],
    [507, 'XMinioStorageFull', 'quota-exceeded'],
    [507, 'InsufficientStorage', 'quota-exceeded'],
    [404, 'NoSuchBucket', 'invalid'],
    [400, 'InvalidBucketName', 'invalid'],
    [400, 'KeyTooLongError', 'invalid'],
    [400, 'EntityTooLarge', 'invalid'],
    [301, 'PermanentRedirect', 'invalid'],
    [400, 'AuthorizationHeaderMalformed', 'invalid'],
    [405, 'MethodNotAllowed', 'invalid'],
  ])('means by %i %s %s', async (code, reason, expected) => {
    const { cloud } = setUp([refusal(code, reason), refusal(code, reason)]);
    await expect(cloud.create('a/1', bytes)).rejects.toMatchObject({
      code: expected,
      details: { path: 'a/1', status: code, reason },
    });
    await expect(cloud.list('a')).rejects.toMatchObject({ code: expected });
  });

  it('tells a limit of the account from a missing right', async () => {
    const message = '<Message>Cannot upload files, storage cap exceeded. See Caps.</Message>';
    const { cloud } = setUp([refusal(403, 'AccessDenied', message)]);
    await expect(cloud.create('a/1', bytes)).rejects.toMatchObject({ code: 'quota-exceeded' });
  });

  it('says which region the bucket is in', async () => {
    const region = '<Region>eu-west-1</Region>';
    const { cloud } = setUp([refusal(400, 'AuthorizationHeaderMalformed', region)]);
    await expect(cloud.list('a')).rejects.toMatchObject({
      message: expect.stringContaining('eu-west-1'),
    });
    const other = setUp([refusal(404, 'NoSuchBucket', region)]);
    await expect(other.cloud.list('a')).rejects.not.toMatchObject({
      message: expect.stringContaining('eu-west-1'),
    });
  });

  it('passes on how long the service asks to wait', async () => {
    const { cloud } = setUp([
      refusal(503, 'SlowDown', '', { 'Retry-After': '3' }),
      status(503, { 'Retry-After': 'Wed, 31 Jan 2024 10:15:37 GMT' }),
    ]);
    await expect(cloud.list('a')).rejects.toMatchObject({
      code: 'rate-limited',
      retryAfterMs: 3000,
    });
    await expect(cloud.list('a')).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterMs: 7000,
    });
  });

  it('does not take the 404 of something else for a file that is gone', async () => {
    const other = () => new Response('<html>no such page</html>', { status: 404 });
    const { cloud } = setUp([other(), other(), status(404)]);
    await expect(cloud.read('a')).rejects.toMatchObject({ code: 'invalid' });
    await expect(cloud.remove('a')).rejects.toMatchObject({ code: 'invalid' });
    await expect(cloud.read('a')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('never repeats keys or sentences of the service', async () => {
    const { cloud } = setUp([
      refusal(403, 'SignatureDoesNotMatch', '<StringToSign>AKID</StringToSign>'),
    ]);
    const error: unknown = await cloud.list('a').catch((thrown: unknown) => thrown);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toMatch(/AKID|secret|sentence/i);
  });
});

describe('s3Cloud clock', () => {
  const skewed = (serverTime: string, headers: Record<string, string> = {}) =>
    refusal(
      403,
      'RequestTimeTooSkewed',
      serverTime && `<ServerTime>${serverTime}</ServerTime>`,
      headers,
    );
  const times = (requests: readonly Request[]) =>
    requests.map(({ headers }) => headers.get('x-amz-date'));

  it('follows the one of the service, once it is known', async () => {
    const { cloud, requests } = setUp([skewed('2024-02-01T12:00:00Z'), page(''), page('')]);
    await cloud.list('a');
    await cloud.list('a');
    expect(times(requests)).toEqual(['20240131T101530Z', '20240201T120000Z', '20240201T120000Z']);
  });

  it('is read from the header where the error does not tell it', async () => {
    const { cloud, requests } = setUp([
      skewed('', { Date: 'Thu, 01 Feb 2024 12:00:00 GMT' }),
      page(''),
    ]);
    await cloud.list('a');
    expect(times(requests)[1]).toBe('20240201T120000Z');
  });

  it('is tried once, and said to be wrong when that does not help or cannot be done', async () => {
    const { cloud, requests } = setUp([
      ...[skewed('2024-02-01T12:00:00Z'), skewed('2024-02-01T12:00:00Z')],
      skewed(''),
    ]);
    const expected = { code: 'invalid', message: expect.stringContaining('clock') };
    await expect(cloud.list('a')).rejects.toMatchObject(expected);
    await expect(cloud.list('a')).rejects.toMatchObject(expected);
    expect(requests).toHaveLength(3);
  });

  it('may be set right meanwhile', async () => {
    let now = NOW - 86_400_000;
    const { cloud, requests } = setUp(
      [skewed('2024-01-31T10:15:30Z'), page(''), skewed('2024-01-31T10:16:00Z'), page('')],
      { now: () => now },
    );
    await cloud.list('a');
    now = NOW + 30_000;
    await cloud.list('a');
    expect(times(requests).slice(1)).toEqual([
      '20240131T101530Z',
      '20240201T101600Z',
      '20240131T101600Z',
    ]);
  });
});

describe('s3Cloud keys', () => {
  const keysFor = (generation: number) => ({
    accessKeyId: `ASIA${generation}`,
    secretAccessKey: `secret${generation}`,
    sessionToken: `token${generation}`,
  });
  const dead = () => refusal(400, 'ExpiredToken');
  const signers = (requests: readonly Request[]) =>
    requests.map(
      ({ headers }) =>
        `${/Credential=(\w+)/.exec(headers.get('authorization') ?? '')?.[1]} ${headers.get('x-amz-security-token')}`,
    );

  it('are asked for once, and signed with until they are refused', async () => {
    const give = vi.fn(async () => keysFor(give.mock.calls.length));
    const { cloud, requests } = setUp([page(''), page(''), dead(), page('')], {
      credentials: give,
    });
    await cloud.list('a');
    await cloud.list('a');
    await cloud.list('a');
    expect(signers(requests)).toEqual([
      ...['ASIA1 token1', 'ASIA1 token1', 'ASIA1 token1', 'ASIA2 token2'],
    ]);
    expect(give).toHaveBeenCalledTimes(2);
  });

  it.each([
    status(401),
    refusal(400, 'ExpiredToken'),
    refusal(400, 'InvalidToken'),
    refusal(403, 'InvalidAccessKeyId'),
    refusal(403, 'SignatureDoesNotMatch'),
    status(403),
  ])('are renewed once: %#', async (answer) => {
    const give = vi.fn(async () => keysFor(give.mock.calls.length));
    const { cloud } = setUp([answer.clone(), status(200), answer.clone(), answer.clone()], {
      credentials: give,
    });
    await cloud.create('a/1', bytes);
    await expect(cloud.create('a/1', bytes)).rejects.toMatchObject({ name: 'CloudError' });
    expect(give).toHaveBeenCalledTimes(3);
  });

  it('are not renewed for a missing right', async () => {
    const give = vi.fn(async () => keysFor(1));
    const { cloud, requests } = setUp([refusal(403, 'AccessDenied')], { credentials: give });
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'forbidden' });
    expect(requests).toHaveLength(1);
  });

  it('of calls at the same time are renewed together', async () => {
    const give = vi.fn(async () => keysFor(give.mock.calls.length));
    const { cloud, requests } = setUp(
      [page(''), ...Array.from({ length: 6 }, dead), ...Array.from({ length: 6 }, () => page(''))],
      { credentials: give },
    );
    await cloud.list('a');
    await Promise.all(Array.from({ length: 6 }, () => cloud.list('a')));
    expect(give).toHaveBeenCalledTimes(2);
    expect(requests).toHaveLength(13);
  });

  it('that are given once and for all are not asked for', async () => {
    const { cloud, requests } = setUp([dead()]);
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unauthorized' });
    expect(requests).toHaveLength(1);
  });

  it('that cannot be had are unauthorized, and asked for again the next time', async () => {
    const cause = new Error('signed out');
    const give = vi.fn(() => Promise.reject(cause));
    const { cloud, requests } = setUp([], { credentials: give });
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unauthorized', cause });
    await expect(cloud.read('a')).rejects.toMatchObject({ code: 'unauthorized', cause });
    expect(give).toHaveBeenCalledTimes(2);
    expect(requests).toHaveLength(0);
  });

  it('may fail with an error of the application that says more', async () => {
    const { CloudError } = await import('../port/cloud-error.js');
    const offline = new CloudError('offline', 'the own server cannot be reached');
    const { cloud } = setUp([], { credentials: () => Promise.reject(offline) });
    await expect(cloud.list('a')).rejects.toBe(offline);
  });

  it('are not waited for by a caller who gives up', async () => {
    const aborter = new AbortController();
    const { cloud, requests } = setUp([], { credentials: () => new Promise(() => undefined) });
    const listing = cloud.list('a', { signal: aborter.signal });
    aborter.abort('enough');
    await expect(listing).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
    expect(requests).toHaveLength(0);
  });

  it('are forgotten on disconnecting', async () => {
    const give = vi.fn(async () => keysFor(give.mock.calls.length));
    const { cloud } = setUp([page(''), page('')], { credentials: give });
    await cloud.list('a');
    await cloud.disconnect?.();
    await cloud.list('a');
    expect(give).toHaveBeenCalledTimes(2);
  });

  it.each([
    { accessKeyId: '', secretAccessKey: 'b' },
    { accessKeyId: 'a', secretAccessKey: '' },
    { accessKeyId: 'a\n', secretAccessKey: 'b' },
    { accessKeyId: 'a', secretAccessKey: 'pässword' },
    { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'two words' },
  ])('must be sendable: %j', async (keys) => {
    expect(() => setUp([], { credentials: keys })).toThrow(
      expect.objectContaining({ code: 'unauthorized' }),
    );
    const { cloud } = setUp([], { credentials: async () => keys });
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unauthorized' });
  });
});

describe('s3Cloud addresses', () => {
  const urlFor = async (options: Partial<S3CloudOptions>, path = 'a') => {
    const { cloud, requests } = setUp([status(200)], options);
    await cloud.create(path, bytes);
    return requests[0]?.url;
  };

  it('have the bucket in the path or in the name of the host', async () => {
    expect(await urlFor({})).toBe('https://s3.test/vault/a');
    expect(await urlFor({ style: 'virtual' })).toBe('https://vault.s3.test/a');
    expect(await urlFor({ style: 'virtual', endpoint: 'http://s3.test:9000/' })).toBe(
      'http://vault.s3.test:9000/a',
    );
    expect(await urlFor({ endpoint: 'https://host.test/storage/v1/s3?x#y' })).toBe(
      'https://host.test/storage/v1/s3/vault/a',
    );
    expect(await urlFor({ prefix: 'x y/z/' })).toBe('https://s3.test/vault/x%20y/z/a');
  });

  it('escape everything that has a meaning', async () => {
    expect(await urlFor({}, "1!'()*~ +&=?#%[é")).toBe(
      'https://s3.test/vault/1%21%27%28%29%2A~%20%2B%26%3D%3F%23%25%5B%C3%A9',
    );
  });

  it.each([
    { endpoint: 'ftp://s3.test' },
    { endpoint: 's3.test' },
    { endpoint: 'https://key:secret@s3.test' },
    { endpoint: '' },
    { bucket: '' },
    { bucket: 'a/b' },
    { bucket: '../x' },
    { bucket: 'a..b' },
    { bucket: 'a?b' },
    { bucket: 'dotted.name', style: 'virtual' as const },
    { bucket: 'under_score@x', style: 'virtual' as const },
    { bucket: 'Upper', style: 'virtual' as const },
    { endpoint: 'http://127.0.0.1:9000', style: 'virtual' as const },
    { prefix: '/a' },
    { prefix: 'a/../b' },
    { prefix: 'a//b' },
    { region: '' },
    { region: 'eu\n1' },
  ])('must make sense: %j', (options) => {
    const make = () => setUp([], options);
    expect(make).toThrow(expect.objectContaining({ code: 'invalid' }));
    expect(make).not.toThrow(/secret/);
  });

  it('need a page that can sign', () => {
    vi.stubGlobal('crypto', {});
    try {
      expect(() => setUp([])).toThrow(expect.objectContaining({ code: 'invalid' }));
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('are named after the bucket unless told otherwise', () => {
    expect(setUp([]).cloud).toMatchObject({
      providerId: 's3',
      displayName: 'vault',
      listingLagMs: 0,
    });
    const named = { providerId: 'home', displayName: 'At home', listingLagMs: 5000 };
    expect(setUp([], named).cloud).toMatchObject(named);
  });
});
