import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFakeDropbox } from '../../peers/dropbox/fake-dropbox.js';
import { FakeGoogleDrive } from '../../peers/google-drive/fake-google-drive.js';
import { nephele } from '../../peers/nephele.js';
import { startFakeOneDrive } from '../../peers/onedrive/fake-one-drive.js';
import { s3rver } from '../../peers/s3/s3rver.js';
import { dropboxCloud } from '../dropbox/dropbox-cloud.js';
import { googleDriveCloud } from '../google-drive/google-drive-cloud.js';
import { oneDriveCloud } from '../onedrive/one-drive-cloud.js';
import { type CloudStorage } from '../port/cloud-storage.js';
import { s3Cloud } from '../s3/s3-cloud.js';
import { seededRandom } from '../testing/seeded-random.js';
import { webDavCloud } from '../webdav/web-dav-cloud.js';
import { withRetry } from './with-retry.js';

type Fetch = typeof globalThis.fetch;

/** A service, and how a driver of it is made over a `fetch`. */
interface Service {
  readonly fetch: Fetch;
  readonly open: (fetch: Fetch) => CloudStorage;
  readonly stop: () => Promise<void>;
}

const SERVICES: Readonly<Record<string, () => Promise<Service>>> = {
  WebDAV: async () => {
    const peer = await nephele.start();
    const open = (fetch: Fetch) => webDavCloud({ ...peer, fetch });
    return { fetch: globalThis.fetch, open, stop: peer.stop };
  },
  S3: async () => {
    const peer = await s3rver.start();
    const open = (fetch: Fetch) => s3Cloud({ ...peer, fetch });
    return { fetch: globalThis.fetch, open, stop: peer.stop };
  },
  'Google Drive': async () => {
    const { fetch, store } = new FakeGoogleDrive();
    plantFoldersOfOneName(store);
    const open = (given: Fetch) =>
      googleDriveCloud({ token: async () => 'valid-token', fetch: given });
    return { fetch, open, stop: async () => undefined };
  },
  Dropbox: async () => {
    const { fetch, authority, stop } = await startFakeDropbox();
    const token = async () => authority.issueAccessToken();
    const parts = { sessionAboveBytes: 500, chunkBytes: 2048 };
    return { fetch, open: (given) => dropboxCloud({ ...parts, token, fetch: given }), stop };
  },
  OneDrive: async () => {
    const { fetch, authority, stop } = await startFakeOneDrive();
    const token = async () => authority.issueAccessToken();
    return { fetch, open: (given) => oneDriveCloud({ token, fetch: given }), stop };
  },
};

/** Google Drive may hold several folders of one name, and all of them are one folder to the driver. */
const plantFoldersOfOneName = (store: FakeGoogleDrive['store']): void => {
  const make = (name: string, parent: string) =>
    store.add({ name, mimeType: 'application/vnd.google-apps.folder', parents: [parent] }).id;
  const root = make('Chat Vault', 'root');
  for (const seed of [1, 2, 3]) {
    for (let copy = 0; copy < 5; copy++) {
      const folder = make(`at-once-${seed}`, root);
      for (let name = 0; name < FOLDERS; name++) make(`${name}`, folder);
    }
  }
};

/** The same, with the number of requests that are under way and the greatest it was. */
const counting = (fetch: Fetch) => {
  const count = { now: 0, most: 0, all: 0 };
  const counted: Fetch = async (...request) => {
    count.all += 1;
    count.most = Math.max(count.most, (count.now += 1));
    try {
      const response = await fetch(...request);
      await response.clone().arrayBuffer();
      return response;
    } finally {
      count.now -= 1;
    }
  };
  return { count, fetch: counted };
};

const FOLDERS = 8;
const CALLS = 120;

describe('withRetry and requests at once', () => {
  for (const [name, start] of Object.entries(SERVICES)) {
    describe(name, () => {
      let service: Service;
      beforeAll(async () => {
        service = await start();
      });
      afterAll(() => service.stop());

      it.each([1, 2, 3])(
        'has at most six under way over all calls of every kind: seed %i',
        async (seed) => {
          const random = seededRandom(seed);
          const { count, fetch } = counting(service.fetch);
          const cloud = withRetry(service.open(fetch), { random, sleep: async () => undefined });
          const pathAt = (index: number) => `at-once-${seed}/${index % FOLDERS}/${index}`;
          const bytes = new Uint8Array(3000);
          const calls: readonly ((index: number) => Promise<unknown>)[] = [
            (index) => cloud.create(pathAt(index), bytes),
            (index) => cloud.list(`at-once-${seed}/${index % FOLDERS}`),
            (index) => cloud.listFolders(`at-once-${seed}/${index % FOLDERS}`),
            (index) => cloud.read(pathAt(index - 1)),
            (index) => cloud.read(pathAt(index - 1), { range: { offset: 10, length: 10 } }),
            (index) => cloud.remove(pathAt(index - 2)),
          ];
          const outcomes = await Promise.allSettled(
            Array.from({ length: CALLS }, (_, index) =>
              calls[Math.floor(random() * calls.length)]?.(index),
            ),
          );
          const codes = outcomes.flatMap((one) =>
            one.status === 'rejected' ? [one.reason.code] : [],
          );
          expect(codes.filter((code) => code !== 'not-found')).toEqual([]);
          expect(count.most).toBeLessThanOrEqual(6);
          expect(count.most).toBeGreaterThan(3);
          expect(count.all).toBeGreaterThan(CALLS / 2);
        },
      );
    });
  }
});
