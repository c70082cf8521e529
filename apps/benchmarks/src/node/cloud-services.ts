import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { directoryCloud } from '@chat-vault/cloud-storage/directory';
import { dropboxCloud } from '@chat-vault/cloud-storage/dropbox';
import { googleDriveCloud } from '@chat-vault/cloud-storage/google-drive';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { oneDriveCloud } from '@chat-vault/cloud-storage/onedrive';
import {
  FakeGoogleDrive,
  nephele,
  s3rver,
  startFakeDropbox,
  startFakeOneDrive,
} from '@chat-vault/cloud-storage/peers';
import { s3Cloud } from '@chat-vault/cloud-storage/s3';
import { webDavCloud } from '@chat-vault/cloud-storage/webdav';
import { type VirtualNetwork } from './virtual-network.ts';

/** A service on this machine, behind a network. */
export interface CloudService {
  /** A new driver, which knows nothing of the service yet, as after a page was loaded. */
  readonly open: () => CloudStorage;
  readonly stop: () => Promise<void>;
}

/** The kinds of clouds, by the names that people know; of the services of others an imitation. */
export const CLOUD_SERVICES: Readonly<
  Record<string, (network: VirtualNetwork) => Promise<CloudService>>
> = {
  memory: async (network) => {
    const cloud = network.carryCalls(memoryCloud({ now: () => network.clock.now }));
    return { open: () => cloud, stop: async () => undefined };
  },
  directory: async (network) => {
    const path = await mkdtemp(join(tmpdir(), 'chat-vault-bench-'));
    const open = () => network.carryCalls(directoryCloud({ path }));
    return { open, stop: () => rm(path, { recursive: true, force: true }) };
  },
  WebDAV: async (network) => {
    const peer = await nephele.start();
    const { now } = network;
    const fetch = network.carry(globalThis.fetch);
    return { open: () => webDavCloud({ ...peer, fetch, now }), stop: peer.stop };
  },
  S3: async (network) => {
    const peer = await s3rver.start();
    const fetch = network.carry(globalThis.fetch);
    // By the time of this machine, as s3rver refuses requests of another time.
    return { open: () => s3Cloud({ ...peer, fetch }), stop: peer.stop };
  },
  'Google Drive': async (network) => {
    const { now } = network;
    const fetch = network.carry(new FakeGoogleDrive().fetch);
    const open = () => googleDriveCloud({ token: async () => 'valid-token', fetch, now });
    return { open, stop: async () => undefined };
  },
  Dropbox: async (network) => {
    const { authority, stop, ...fake } = await startFakeDropbox();
    const accessToken = authority.issueAccessToken();
    const { now } = network;
    const fetch = network.carry(fake.fetch);
    return { open: () => dropboxCloud({ token: async () => accessToken, fetch, now }), stop };
  },
  OneDrive: async (network) => {
    const { authority, stop, ...fake } = await startFakeOneDrive();
    const accessToken = authority.issueAccessToken();
    const { now } = network;
    const fetch = network.carry(fake.fetch);
    return { open: () => oneDriveCloud({ token: async () => accessToken, fetch, now }), stop };
  },
};
