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

  cloudStorageConformance('OneDrive (contract fake)', () => open({}));

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

  httpCloudConformance('OneDrive (contract fake)', {
    create: (fetch) => oneDriveCloud({ fetch, token: async () => 'any' }),
    fetch: fetchSignedIn,
    tokens: { create: (fetch, token) => oneDriveCloud({ fetch: withoutTokens(fetch), token }) },
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
