import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeGoogleDrive } from '../../peers/google-drive/fake-google-drive.js';
import { bridgeToMock } from '../../peers/google-drive/mock-bridge.js';
import { MOCK_TOKEN, startMock } from '../../peers/google-drive/mock.js';
import { serveFetch, type Served } from '../../peers/google-drive/serve-fetch.js';
import { cloudStorageConformance } from '../testing/conformance.js';
import { httpCloudConformance } from '../testing/http-conformance.js';
import { googleDriveCloud } from './google-drive-cloud.js';

const token = async () => MOCK_TOKEN;

describe('google-drive-mock, which others wrote', () => {
  let mock: Served;
  beforeAll(async () => {
    mock = await startMock();
  });
  afterAll(() => mock.stop());

  const open = () => googleDriveCloud({ token, baseUrl: mock.url, fetch: bridgeToMock(mock.url) });

  // Two pages; the fake below has more.
  cloudStorageConformance('google-drive-mock', open, { folderFiles: 1101 });

  it('takes our requests as they are for text that is no JSON', async () => {
    const ids = bridgeToMock(mock.url);
    const fetch: typeof globalThis.fetch = (input, init) =>
      String(input).includes('generateIds') ? ids(input, init) : globalThis.fetch(input, init);
    const cloud = googleDriveCloud({ token, baseUrl: mock.url, fetch });
    const bytes = new TextEncoder().encode('two lines\r\nof text, grün');
    await cloud.create('plain/a.txt', bytes);
    expect(await cloud.read('plain/a.txt')).toEqual(bytes);
    expect(await cloud.list('plain')).toMatchObject([{ path: 'plain/a.txt', size: bytes.length }]);
  });

  it('refuses a wrong token', async () => {
    const cloud = googleDriveCloud({ token: async () => 'wrong', baseUrl: mock.url });
    await expect(cloud.connect?.({ interactive: false })).rejects.toMatchObject({
      code: 'unauthorized',
    });
    expect(cloud.isConnected?.()).toBe(false);
  });
});

describe('our fake of Google Drive', () => {
  cloudStorageConformance('fake, visible folder', () =>
    googleDriveCloud({ token, fetch: new FakeGoogleDrive().fetch }),
  );

  cloudStorageConformance('fake, appDataFolder, small pages', () => {
    const drive = new FakeGoogleDrive();
    drive.pageSize = 100;
    return googleDriveCloud({ token, space: 'appDataFolder', fetch: drive.fetch });
  });

  /** Files of other programs, beside ours in a folder that exists. */
  const planted = new FakeGoogleDrive();
  cloudStorageConformance(
    'fake, beside files of others',
    () => googleDriveCloud({ token, fetch: planted.fetch }),
    {
      folderFiles: 30,
      plant: async (path, bytes) => {
        const [folder, name] = splitPath(path);
        const parents = planted.store.at(`Chat Vault/${folder}`).map(({ id }) => id);
        planted.store.add({ name, parents }, bytes);
      },
    },
  );

  const shared = new FakeGoogleDrive();
  const inPagesOf =
    (entries: number): typeof globalThis.fetch =>
    (input, init) => {
      shared.pageSize = entries;
      return shared.fetch(input, init);
    };
  httpCloudConformance('fake', {
    create: (fetch) => googleDriveCloud({ token, fetch }),
    fetch: shared.fetch,
    isListing: ({ url }) => url.searchParams.has('q'),
    tokens: {
      create: (fetch, giveToken) => googleDriveCloud({ token: giveToken, fetch }),
      fetch: (input, init) => {
        const headers = new Headers(init?.headers);
        headers.set('Authorization', `Bearer ${MOCK_TOKEN}`);
        return shared.fetch(input, { ...init, headers });
      },
    },
    pages: {
      fetch: inPagesOf(100),
      isLaterPage: ({ url }) => url.searchParams.has('pageToken'),
      expired: () => Response.json({ error: { errors: [{ reason: 'invalid' }] } }, { status: 400 }),
    },
    largeBytes: 9_000_001,
    copiesOf: (path) => shared.store.at(`Chat Vault/${path}`).length,
    timeoutMs: 120_000,
  });

  describe('over HTTP', () => {
    let served: Served;
    beforeAll(async () => {
      const drive = new FakeGoogleDrive();
      served = await serveFetch((request) => drive.handle(request));
    });
    afterAll(() => served.stop());

    cloudStorageConformance(
      'fake over HTTP',
      () => googleDriveCloud({ token, baseUrl: served.url }),
      { folderFiles: 250 },
    );

    it('takes a large file in parts', { timeout: 60_000 }, async () => {
      const bytes = new Uint8Array(9_000_001).map((_, index) => index % 251);
      const cloud = googleDriveCloud({ token, baseUrl: served.url });
      await cloud.create('large/file', bytes);
      expect(Buffer.compare(await cloud.read('large/file'), bytes)).toBe(0);
      const range = { offset: 8_999_990, length: 100 };
      expect(await cloud.read('large/file', { range })).toEqual(bytes.slice(8_999_990));
    });
  });
});

const splitPath = (path: string): readonly [folder: string, name: string] => {
  const end = path.lastIndexOf('/');
  return [path.slice(0, end), path.slice(end + 1)];
};
