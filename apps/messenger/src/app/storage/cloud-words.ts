import { type ProviderState } from '@chat-vault/chat-sync';
import { type CloudSpace } from '@chat-vault/cloud-storage';
import { type IconName } from '../ui/icon';
import { formatBytes, formatCount } from '../ui/time-format';
import { asksPermission } from './asks-permission';
import {
  DROPBOX,
  GOOGLE_DRIVE,
  ONE_DRIVE,
  PICKED_FOLDER,
  PRIVATE_FOLDER,
  S3,
  WEB_DAV,
} from './providers';

/** What is said of a cloud besides its name. */
export interface CloudWords {
  readonly icon: IconName;
  readonly text: string;
}

const WORDS: Readonly<Record<string, CloudWords>> = {
  [WEB_DAV]: { icon: 'cloud', text: 'Nextcloud, ownCloud, a NAS or any WebDAV server' },
  [GOOGLE_DRIVE]: { icon: 'triangle', text: 'A folder “Chat Vault” in your Drive' },
  [DROPBOX]: { icon: 'box', text: 'A folder of this app in your Dropbox' },
  [ONE_DRIVE]: { icon: 'cloud', text: 'A folder of this app in your OneDrive' },
  [S3]: { icon: 'bucket', text: 'Amazon S3, Cloudflare R2, Backblaze, MinIO or the like' },
  [PRIVATE_FOLDER]: {
    icon: 'device',
    text: 'For trying things out: all devices in this browser share it',
  },
  [PICKED_FOLDER]: {
    icon: 'folder',
    text: 'For example one that another program carries to your devices',
  },
};

/** What kind of cloud it is. */
export const cloudWords = (providerId: string): CloudWords =>
  WORDS[providerId] ?? { icon: 'cloud', text: '' };

/** How a connected cloud stands, in a word or two. */
export interface CloudState {
  readonly label: string;
  readonly tone: 'good' | 'waiting' | 'bad';
}

/** The label of a connected cloud. */
export function cloudState(provider: ProviderState): CloudState {
  const { status, isConnecting } = provider;
  if (isConnecting) return waiting('Connecting…');
  switch (status.state) {
    case 'idle':
      return idleState(provider);
    case 'syncing':
      return waiting('Syncing…');
    case 'offline':
      return waiting('Offline');
    case 'throttled':
      return waiting('Waiting');
    case 'locked':
      return waiting('Locked');
    case 'auth-error':
      if (asksPermission(status)) return waiting('Reconnect');
      return bad(status.canReconnect ? 'Reconnect' : 'Sign-in refused');
    case 'cloud-full':
      return bad('Full');
    case 'storage-full':
      return bad('Device full');
    case 'connection-error':
      return bad('Not reachable');
    case 'sync-error':
      return bad('Needs a look');
    case 'upgrade-required':
      return bad('Update needed');
  }
}

/** Whether a folder that the person chose is gone, or closed to this page for good, so that only choosing another one helps. */
export function needsOtherFolder({ providerId, isConnected, status }: ProviderState): boolean {
  if (providerId !== PICKED_FOLDER || !isConnected) return false;
  if (status.state === 'auth-error') return !status.canReconnect;
  return status.state === 'connection-error' && status.error.code === 'offline';
}

function idleState({ lastSyncedAt, pendingChanges }: ProviderState): CloudState {
  if (lastSyncedAt === null) return waiting('Not synced yet');
  if (pendingChanges > 0) return waiting(`${formatCount(pendingChanges)} to back up`);
  return { label: 'Backed up', tone: 'good' };
}

const waiting = (label: string): CloudState => ({ label, tone: 'waiting' });
const bad = (label: string): CloudState => ({ label, tone: 'bad' });

/** `15 GB used, 120 MB free`; `''` when the cloud tells neither. */
export function spaceText({ usedBytes, freeBytes }: CloudSpace): string {
  const parts = [
    usedBytes === undefined ? '' : `${formatBytes(usedBytes)} used`,
    freeBytes === undefined ? '' : `${formatBytes(freeBytes)} free`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}
