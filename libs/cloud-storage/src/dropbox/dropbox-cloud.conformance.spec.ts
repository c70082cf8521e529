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

  /** As another program would: no name is refused, and none is compared. */
  const plant = async (path: string, bytes: Uint8Array): Promise<void> => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const modified = '2024-01-31T10:15:30Z';
    const file = { kind: 'file', name, bytes: Buffer.from(bytes), rev: 'a', modified } as const;
    fake.tree.nodes.set(`/${path.toLowerCase()}`, file);
  };

  cloudStorageConformance('Dropbox (contract fake)', () => open({}), { plant });

  /** The imitation's `fetch`, with a token that it takes in the place of whatever the request has. */
  const fetchSignedIn: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    const token = headers.has('Authorization') && fake.authority.issueAccessToken();
    if (token) headers.set('Authorization', `Bearer ${token}`);
    return fake.fetch(input, { ...init, headers });
  };

  const inPagesOf =
    (entries: number): typeof fetch =>
    (input, init) => {
      fake.endpoints.pageEntries = entries;
      return fetchSignedIn(input, init);
    };

  /** Files of more than 150 bytes go up in parts. */
  const inParts = { sessionAboveBytes: 150, chunkBytes: 64 };

  httpCloudConformance('Dropbox (contract fake)', {
    create: (fetch) => dropboxCloud({ ...inParts, fetch, token: async () => 'any' }),
    fetch: fetchSignedIn,
    isListing: ({ url }) => url.pathname.includes('list_folder'),
    tokens: { create: (fetch, token) => dropboxCloud({ ...inParts, fetch, token }) },
    pages: {
      fetch: inPagesOf(100),
      isLaterPage: ({ url }) => url.pathname.endsWith('list_folder/continue'),
      expired: () =>
        Response.json({ error_summary: 'reset/..', error: { '.tag': 'reset' } }, { status: 409 }),
    },
    largeBytes: 300,
    copiesOf: (path) => Number(fake.tree.nodes.has(`/${path.toLowerCase()}`)),
  });

  cloudStorageConformance(
    'Dropbox (contract fake), uploads in parts',
    () => open({ sessionAboveBytes: 500, chunkBytes: 2048 }),
    { folderFiles: 30 },
  );
});
