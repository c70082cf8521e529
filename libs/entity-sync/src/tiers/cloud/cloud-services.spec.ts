import { gzipCodec } from '@chat-vault/core';
import { type CloudStorage, withRetry } from '@chat-vault/cloud-storage';
import { googleDriveCloud } from '@chat-vault/cloud-storage/google-drive';
import { oneDriveCloud } from '@chat-vault/cloud-storage/onedrive';
import { s3Cloud } from '@chat-vault/cloud-storage/s3';
import { webDavCloud } from '@chat-vault/cloud-storage/webdav';
import { afterAll } from 'vitest';
import { FakeGoogleDrive } from '../../../../cloud-storage/peers/google-drive/fake-google-drive.js';
import { nephele } from '../../../../cloud-storage/peers/nephele.js';
import { startFakeOneDrive } from '../../../../cloud-storage/peers/onedrive/fake-one-drive.js';
import { s3rver } from '../../../../cloud-storage/peers/s3/s3rver.js';
import { mergingPersistenceConformance } from '../../testing/persistence-conformance.js';
import { cloudTier } from './cloud-tier.js';

/** A service that runs until the end of the tests, and how a device opens it. */
interface Service {
  readonly open: () => CloudStorage;
  readonly stop: () => Promise<void>;
}

const START: Readonly<Record<string, () => Promise<Service>>> = {
  'WebDAV (Nephele)': async () => {
    const { url, credentials, stop } = await nephele.start();
    return { open: () => webDavCloud({ url, credentials }), stop };
  },
  'S3 (s3rver)': async () => {
    const { stop, ...peer } = await s3rver.start();
    return { open: () => s3Cloud(peer), stop };
  },
  'Google Drive (ours)': async () => {
    const { fetch } = new FakeGoogleDrive();
    const open = () => googleDriveCloud({ token: async () => 'valid-token', fetch });
    return { open, stop: async () => undefined };
  },
  'OneDrive (ours)': async () => {
    const { authority, fetch, stop } = await startFakeOneDrive();
    const token = authority.issueAccessToken();
    return { open: () => oneDriveCloud({ token: async () => token, fetch }), stop };
  },
};

for (const [name, start] of Object.entries(START)) {
  let running: Promise<Service> | undefined;
  let places = 0;
  afterAll(async () => (await running)?.stop());
  mergingPersistenceConformance(`cloudTier over ${name}`, async () => {
    const { open } = await (running ??= start());
    const basePath = `place-${places++}`;
    const device = () => cloudTier(withRetry(open()), gzipCodec(), { basePath });
    return { one: device(), other: device() };
  });
}
