import { afterAll, beforeAll, describe } from 'vitest';
import { startFakeDropbox, type FakeDropbox } from '../../peers/dropbox/fake-dropbox.js';
import { cloudStorageConformance } from '../testing/conformance.js';
import { httpCloudConformance } from '../testing/http-conformance.js';
import { dropboxCloud } from './dropbox-cloud.js';

describe('against our own contract fake of Dropbox', () => {
  let fake: FakeDropbox;
  beforeAll(async () => {
    fake = await startFakeDropbox();
  });
  afterAll(() => fake.stop());

  const open = (options: { readonly sessionAboveBytes?: number; readonly chunkBytes?: number }) =>
    dropboxCloud({
      ...options,
      token: async () => fake.authority.issueAccessToken(),
      fetch: fake.fetch,
    });

  cloudStorageConformance('Dropbox (contract fake)', () => open({}));

  /** The imitation's `fetch`, with a token that it takes in the place of whatever the request has. */
  const fetchSignedIn: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    const token = headers.has('Authorization') && fake.authority.issueAccessToken();
    if (token) headers.set('Authorization', `Bearer ${token}`);
    return fake.fetch(input, { ...init, headers });
  };

  httpCloudConformance('Dropbox (contract fake)', {
    create: (fetch) => dropboxCloud({ fetch, token: async () => 'any' }),
    fetch: fetchSignedIn,
    isListing: ({ url }) => url.pathname.includes('list_folder'),
    tokens: { create: (fetch, token) => dropboxCloud({ fetch, token }) },
  });

  cloudStorageConformance(
    'Dropbox (contract fake), uploads in parts',
    () => open({ sessionAboveBytes: 500, chunkBytes: 2048 }),
    { folderFiles: 30 },
  );
});
