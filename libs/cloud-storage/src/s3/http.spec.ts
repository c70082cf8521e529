import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { junkNamesFor } from '../../peers/junk-names.js';
import { type S3Peer } from '../../peers/s3/s3-peer.js';
import { s3rver } from '../../peers/s3/s3rver.js';
import { sessionTokens } from '../../peers/s3/session-tokens.js';
import { cloudStorageConformance } from '../testing/conformance.js';
import { faultyFetch, type HttpCall, type HttpFault } from '../testing/faulty-fetch.js';
import { httpCloudConformance } from '../testing/http-conformance.js';
import { type S3Keys } from './credentials.js';
import { s3Cloud, type S3CloudOptions } from './s3-cloud.js';

type Fetch = typeof globalThis.fetch;

const content = Uint8Array.from({ length: 100 }, (_, index) => index);
const network: Fetch = (input, init) => globalThis.fetch(input, init);

let peer: S3Peer;
beforeAll(async () => {
  peer = await s3rver.start();
});
afterAll(() => peer.stop());

const refusal = (status: number, reason: string) =>
  new Response(`<Error><Code>${reason}</Code></Error>`, { status });

/** A driver whose requests meet faults on their way to s3rver, in a folder of its own. */
const setUp = (
  faultOf: (call: HttpCall) => HttpFault | undefined = () => undefined,
  options: Partial<S3CloudOptions> = {},
) => {
  const { fetch, calls } = faultyFetch(network, faultOf);
  const cloud = s3Cloud({ ...peer, prefix: `http/${crypto.randomUUID()}`, ...options, fetch });
  const methods = () => calls.map(({ method }) => method);
  return { cloud, calls, methods };
};

/** As AWS does it: a `PUT` on the condition that there is no such file says 412 when there is one. */
const honouringConditions: Fetch = async (input, init) => {
  const headers = new Headers(init?.headers);
  if (init?.method === 'PUT' && headers.has('If-None-Match')) {
    headers.delete('If-None-Match');
    const there = await network(input, { method: 'HEAD', headers });
    if (there.ok) return refusal(412, 'PreconditionFailed');
  }
  return network(input, init);
};

/** Small pages, as s3rver does not look whether the address was signed so. */
const inPagesOf =
  (maxKeys: number): Fetch =>
  (input, init) => {
    const url = new URL(String(input));
    if (url.searchParams.has('list-type')) url.searchParams.set('max-keys', `${maxKeys}`);
    return network(url, init);
  };

for (const [name, service] of [
  ['S3', network],
  ['S3 that honours conditions', honouringConditions],
] as const) {
  httpCloudConformance(name, {
    create: (fetch) => s3Cloud({ ...peer, fetch }),
    fetch: service,
    isListing: ({ url }) => url.searchParams.has('list-type'),
    tokens: sessionTokens(() => peer),
    ...(service === network && {
      pages: {
        fetch: inPagesOf(100),
        isLaterPage: ({ url }: HttpCall) => url.searchParams.has('continuation-token'),
        expired: () => refusal(400, 'InvalidArgument'),
      },
    }),
    largeBytes: 300_000,
  });
}

cloudStorageConformance(
  'S3 that honours conditions',
  () => s3Cloud({ ...peer, fetch: honouringConditions }),
  { folderFiles: 150 },
);

describe('s3Cloud beside files of others', () => {
  it('lists its own file, and the others by the names that they have', async () => {
    const { cloud } = setUp();
    const ours = 'folder/20240131T101530123Z_a.json.gz';
    await cloud.create(ours, content);
    const junk = junkNamesFor('20240131T101530123Z_a.json.gz');
    const writable = junk.filter((name) => !name.includes('\r'));
    for (const name of writable) await cloud.create(`folder/${name}`, content);
    const paths = (await cloud.list('folder')).map(({ path }) => path).sort();
    expect(paths).toEqual([ours, ...writable.map((name) => `folder/${name}`)].sort());
    expect(await cloud.read(ours)).toEqual(content);
  });
});

describe('s3Cloud on a bad network', () => {
  it('asks nothing about a file before it first writes it', async () => {
    const { cloud, methods } = setUp();
    await cloud.create('a/b', content);
    expect(methods()).toEqual(['PUT']);
  });

  it('makes one file of a write whose reply was lost', async () => {
    let sent = 0;
    const { cloud } = setUp(() => (sent++ === 0 ? 'lost-reply' : undefined));
    await expect(cloud.create('a/b', content)).rejects.toMatchObject({ code: 'offline' });
    await cloud.create('a/b', content);
    expect(await cloud.list('a')).toMatchObject([{ path: 'a/b', size: 100 }]);
  });
});

describe('s3Cloud with keys that die', () => {
  /** Keys that are good for so many requests each. */
  const withMortalKeys = (usesOfKeys: number, answer: () => Response) => {
    const uses = new Map<string, number>();
    const give = vi.fn(async (): Promise<S3Keys> => {
      const sessionToken = `token-${give.mock.calls.length}`;
      uses.set(sessionToken, usesOfKeys);
      return { ...peer.credentials, sessionToken };
    });
    const set = setUp(
      ({ headers }) => {
        const token = headers.get('X-Amz-Security-Token') ?? '';
        const left = uses.get(token) ?? 0;
        uses.set(token, left - 1);
        return left > 0 ? undefined : answer();
      },
      { credentials: give },
    );
    return { ...set, give };
  };

  it.each([
    [1, 'ExpiredToken', 400],
    [2, 'InvalidAccessKeyId', 403],
    [3, 'TokenRefreshRequired', 400],
  ])('goes on when they die after %i requests each with %s', async (uses, reason, status) => {
    const { cloud } = withMortalKeys(uses, () => refusal(status, reason));
    await cloud.connect?.({ interactive: false });
    await cloud.create('a/file', content);
    await cloud.create('a/other', content);
    expect((await cloud.list('a')).map(({ path }) => path).sort()).toEqual(['a/file', 'a/other']);
    expect(await cloud.listFolders('')).toEqual(['a']);
    const range = { offset: 10, length: 5 };
    expect(await cloud.read('a/file', { range })).toEqual(content.slice(10, 15));
    await cloud.remove('a/file');
    expect((await cloud.list('a')).map(({ path }) => path)).toEqual(['a/other']);
  });

  it('says unauthorized when new ones are refused as well', async () => {
    const { cloud, calls, give } = withMortalKeys(0, () => refusal(400, 'ExpiredToken'));
    for (const call of [
      () => cloud.list('a'),
      () => cloud.listFolders('a'),
      () => cloud.read('a/b'),
      () => cloud.create('a/b', content),
      () => cloud.remove('a/b'),
    ]) {
      const before = calls.length;
      await expect(call()).rejects.toMatchObject({ code: 'unauthorized' });
      expect(calls.length - before).toBe(2);
    }
    expect(give.mock.calls.length).toBeLessThanOrEqual(10);
  });
});
