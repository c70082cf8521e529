import { afterAll, beforeAll, describe } from 'vitest';
import { startFakeOneDrive, type FakeOneDrive } from '../../peers/onedrive/fake-one-drive.js';
import { cloudStorageConformance } from '../testing/conformance.js';
import { httpCloudConformance } from '../testing/http-conformance.js';
import { oneDriveCloud } from './one-drive-cloud.js';

describe('against our own contract fake of OneDrive', () => {
  let fake: FakeOneDrive;
  beforeAll(async () => {
    fake = await startFakeOneDrive();
  });
  afterAll(() => fake.stop());

  const open = (options: { readonly sessionAboveBytes?: number; readonly chunkBytes?: number }) =>
    oneDriveCloud({
      ...options,
      token: async () => fake.authority.issueAccessToken(),
      fetch: fake.fetch,
    });

  /** As another program would: no name is refused, and none is compared. */
  const plant = async (path: string, bytes: Uint8Array): Promise<void> => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const item = { id: name, name, bytes: Buffer.from(bytes), modified: '2024-01-31T10:15:30Z' };
    fake.tree.nodes.set(`/${path.toLowerCase()}`, item);
  };

  cloudStorageConformance('OneDrive (contract fake)', () => open({}), { plant });

  /** The imitation's `fetch`, with a token that it takes in the place of whatever the request has. */
  const fetchSignedIn: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    const token = headers.has('Authorization') && fake.authority.issueAccessToken();
    if (token) headers.set('Authorization', `Bearer ${token}`);
    return fake.fetch(input, { ...init, headers });
  };

  /** The addresses of bytes want no token, so they are not those of the service whose tokens die. */
  const withoutTokens =
    (withTokens: typeof fetch): typeof fetch =>
    (input, init) =>
      new Headers(init?.headers).has('Authorization')
        ? withTokens(input, init)
        : fake.fetch(input, init);

  const inPagesOf =
    (items: number): typeof fetch =>
    (input, init) => {
      fake.graph.pageItems = items;
      return fetchSignedIn(input, init);
    };

  /** Files of more than 150 bytes go up in parts. */
  const inParts = { sessionAboveBytes: 150, chunkBytes: 320 * 1024 };

  httpCloudConformance('OneDrive (contract fake)', {
    create: (fetch) => oneDriveCloud({ ...inParts, fetch, token: async () => 'any' }),
    fetch: fetchSignedIn,
    tokens: {
      create: (fetch, token) => oneDriveCloud({ ...inParts, fetch: withoutTokens(fetch), token }),
    },
    pages: {
      fetch: inPagesOf(100),
      isLaterPage: ({ url }) => url.searchParams.has('$skiptoken'),
      expired: () => Response.json({ error: { code: 'resyncRequired' } }, { status: 410 }),
    },
    largeBytes: 700 * 1024,
    copiesOf: (path) => Number(fake.tree.nodes.has(`/${path.toLowerCase()}`)),
  });

  cloudStorageConformance(
    'OneDrive (contract fake), uploads in parts',
    () => open({ sessionAboveBytes: 500, chunkBytes: 320 * 1024 }),
    { folderFiles: 30 },
  );

  describe('where a write makes no folders', () => {
    beforeAll(() => {
      fake.tree.makesParents = false;
    });
    cloudStorageConformance('OneDrive (contract fake), folders one by one', () => open({}), {
      folderFiles: 30,
    });
  });
});
