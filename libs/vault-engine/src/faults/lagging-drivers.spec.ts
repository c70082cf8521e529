import { type CloudStorage, withRetry } from '@chat-vault/cloud-storage';
import { dropboxCloud } from '@chat-vault/cloud-storage/dropbox';
import { googleDriveCloud } from '@chat-vault/cloud-storage/google-drive';
import { oneDriveCloud } from '@chat-vault/cloud-storage/onedrive';
import { s3Cloud } from '@chat-vault/cloud-storage/s3';
import { webDavCloud } from '@chat-vault/cloud-storage/webdav';
import { describe, expect, it } from 'vitest';
import { startFakeDropbox } from '../../../cloud-storage/peers/dropbox/fake-dropbox.js';
import { FakeGoogleDrive } from '../../../cloud-storage/peers/google-drive/fake-google-drive.js';
import {
  jsonEntries,
  laggingFetch,
  lastPartOf,
  type ListingDialect,
  xmlEntries,
} from '../../../cloud-storage/peers/lagging-fetch.js';
import { nephele } from '../../../cloud-storage/peers/nephele.js';
import { startFakeOneDrive } from '../../../cloud-storage/peers/onedrive/fake-one-drive.js';
import { s3rver } from '../../../cloud-storage/peers/s3/s3rver.js';
import { allContents } from '../testing/all-contents.js';
import { DAY, type Device, HOUR, MINUTE, World } from '../testing/world.js';

type Fetch = typeof globalThis.fetch;

/** A service in a world, and how its driver is opened on a device. */
interface Service {
  readonly open: (fetch: Fetch) => CloudStorage;
  readonly fetch: Fetch;
  readonly dialect: ListingDialect;
  readonly stop: () => Promise<void>;
}

const network: Fetch = (input, init) => globalThis.fetch(input, init);
const putName = async ({ method, url }: Request) =>
  method === 'PUT' ? decodeURIComponent(lastPartOf(new URL(url).pathname)) : undefined;

const SERVICES: Readonly<Record<string, (world: World) => Promise<Service>>> = {
  WebDAV: async () => {
    const { url, credentials, stop } = await nephele.start();
    return {
      open: (fetch) => webDavCloud({ url, credentials, fetch }),
      fetch: network,
      dialect: {
        madeBy: putName,
        isListing: ({ method }) => method === 'PROPFIND',
        without: xmlEntries('response', 'href'),
      },
      stop,
    };
  },
  S3: async () => {
    const { stop, ...peer } = await s3rver.start();
    return {
      open: (fetch) => s3Cloud({ ...peer, fetch, listingLagMs: MINUTE }),
      fetch: network,
      dialect: {
        madeBy: putName,
        isListing: ({ url }) => new URL(url).searchParams.has('list-type'),
        without: xmlEntries('Contents', 'Key'),
      },
      stop,
    };
  },
  'Google Drive': async (world) => {
    const drive = new FakeGoogleDrive();
    const token = async () => 'valid-token';
    return {
      open: (fetch) => googleDriveCloud({ token, fetch, now: () => world.now }),
      fetch: drive.fetch,
      dialect: {
        // Folders too: the second device makes them again.
        madeBy: async (request) =>
          request.method === 'POST' ? /"id":"([^"]+)"/.exec(await request.text())?.[1] : undefined,
        isListing: ({ url }) => new URL(url).searchParams.has('q'),
        without: jsonEntries('files', 'id'),
      },
      stop: async () => undefined,
    };
  },
  Dropbox: async () => {
    const fake = await startFakeDropbox();
    const token = fake.authority.issueAccessToken();
    return {
      open: (fetch) => dropboxCloud({ token: async () => token, fetch }),
      fetch: fake.fetch,
      dialect: {
        madeBy: async ({ url, headers }) =>
          url.endsWith('/files/upload')
            ? lastPartOf(JSON.parse(headers.get('Dropbox-API-Arg') ?? '').path)
            : undefined,
        isListing: ({ url }) => url.includes('/list_folder'),
        without: jsonEntries('entries', 'name'),
      },
      stop: fake.stop,
    };
  },
  OneDrive: async () => {
    const fake = await startFakeOneDrive();
    const token = fake.authority.issueAccessToken();
    return {
      open: (fetch) => oneDriveCloud({ token: async () => token, fetch }),
      fetch: fake.fetch,
      dialect: {
        madeBy: async ({ method, url }) =>
          method === 'PUT' ? /([^/]+):\/content/.exec(new URL(url).pathname)?.[1] : undefined,
        isListing: ({ url }) => new URL(url).pathname.endsWith('/children'),
        without: jsonEntries('value', 'name'),
      },
      stop: fake.stop,
    };
  },
};

describe.each(Object.entries(SERVICES))('a minute of lag in the listings of %s', (_name, start) => {
  it('loses, doubles and removes nothing, and both devices come to hold the same', async () => {
    const world = new World();
    const service = await start(world);
    try {
      await live(world, service);
    } finally {
      await service.stop();
    }
  });
});

async function live(world: World, service: Service): Promise<void> {
  const [madeAt, hidden] = [new Map<string, number>(), new Set<string>()];
  const open = () => {
    const { dialect } = service;
    const lagging = { dialect, madeAt, hidden, lagMs: MINUTE, now: () => world.now };
    const cloud = service.open(laggingFetch(service.fetch, lagging));
    return withRetry(cloud, { sleep: async (ms) => world.pass(ms), now: () => world.now });
  };
  const [ann, bob] = [await world.device({ cloud: open() }), await world.device({ cloud: open() })];
  const old = await ann.write(6, { prefix: 'old', at: Date.UTC(2020, 1, 1) });
  for (let round = 0; round < 14; round++) {
    await ann.write(2, { prefix: `ann${round}` });
    await bob.write(1, { prefix: `bob${round}`, senderId: 'bob' });
    if (round === 7) await ann.storage.delete(old.slice(0, 1));
    const reports = await Promise.all([ann.sync(), bob.sync()]);
    for (const report of reports) expect(report.skipped).toEqual([]);
    // Now within the lag, now long after it.
    world.pass(round % 3 === 0 ? 2 * HOUR : 20_000);
  }
  expect(hidden.size).toBeGreaterThan(20);
  for (const days of [0, 9, 40]) {
    world.pass(days * DAY + HOUR);
    for (let round = 0; round < 4; round++) {
      for (const device of [ann, bob]) {
        await device.sync();
        world.pass(round % 2 === 0 ? 20_000 : HOUR);
      }
    }
    await ann.engine().compact();
    await bob.engine().collectGarbage();
    await expectSame(world, [ann, bob], open());
  }
}

/** Both and a new device hold every message that was written and not deleted, and the cloud is whole. */
async function expectSame(
  world: World,
  devices: readonly Device[],
  cloud: CloudStorage,
): Promise<void> {
  world.pass(HOUR);
  const fresh = await world.device({ cloud });
  const all = [...devices, fresh];
  for (const device of all) {
    await device.sync();
    await device.engine().restoreAll();
  }
  const [first = []] = await Promise.all(all.map(allContents));
  for (const device of all) expect(await allContents(device)).toEqual(first);
  expect(new Set(await fresh.texts()).size).toBe(5 + 14 * 3);
  expect(await fresh.texts()).toHaveLength(5 + 14 * 3);
  expect(await fresh.engine().verify()).toMatchObject({
    damaged: [],
    missing: [],
    missingRecords: 0,
    missingLocally: 0,
  });
}
