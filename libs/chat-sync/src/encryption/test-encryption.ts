import {
  type EncryptionOptions,
  type RecoverySheet,
  withEncryption,
} from '@chat-vault/chat-sync/encryption';
import { type MemoryCloud, memoryCloud } from '@chat-vault/cloud-storage/memory';
import { type ChatSyncTestingOptions } from '../../testing/src/index';
import { type ChatSyncFeature } from '../provide/chat-sync-feature';
import { withCloud } from '../provide/with-cloud';
import { openTestDevice } from '../test-devices';

/** The first passphrase of a person. */
export const passphrase = 'correct horse battery';
/** Another one. */
export const other = 'another staple';

/** How a device is made. */
export interface DeviceOptions extends ChatSyncTestingOptions {
  readonly encryption?: EncryptionOptions;
  readonly features?: readonly ChatSyncFeature[];
}

let seeds = 0;

/** Another one each time, so that no two devices make the same keys. */
export const nextSeed = (): number => ++seeds;

/** A device that can encrypt, connected to these clouds. */
export async function open(clouds: readonly MemoryCloud[], options: DeviceOptions = {}) {
  const { encryption, features = [], ...testing } = options;
  const device = openTestDevice(
    { seed: nextSeed(), ...testing },
    withEncryption(encryption),
    ...features,
    ...clouds.map((cloud) => withCloud(() => cloud)),
  );
  for (const { providerId } of clouds) await device.chatSync.connect(providerId);
  return device;
}

/** A device of a person. */
export type Device = Awaited<ReturnType<typeof open>>;

/** The groups that are asked for. */
export const typedOf = ({ recoveryCode, groups }: RecoverySheet) => {
  const all = recoveryCode.split('-');
  return groups.map((group) => all[group - 1] ?? '');
};

/** Turns encryption on, as a person does. */
export async function encrypt({ chatSync }: Device, secret = passphrase): Promise<RecoverySheet> {
  const enabled = await chatSync.enableEncryption({ passphrase: secret });
  if (!enabled.ok) throw enabled.error;
  const confirmed = await chatSync.confirmRecovery(typedOf(enabled.report));
  if (!confirmed.ok) throw confirmed.error;
  return enabled.report;
}

/** Turns encryption on on two devices with a passphrase of its own each, neither of which sees yet what the other one writes. */
export async function encryptAtOnce(cloud: MemoryCloud, ann: Device, bob: Device): Promise<void> {
  const devices = [
    [ann, passphrase],
    [bob, other],
  ] as const;
  const sheets: RecoverySheet[] = [];
  for (const [device, secret] of devices) {
    const enabled = await device.chatSync.enableEncryption({ passphrase: secret });
    if (!enabled.ok) throw enabled.error;
    sheets.push(enabled.report);
  }
  await unseen(cloud, async () => {
    for (const [index, [device]] of devices.entries())
      await device.chatSync.confirmRecovery(typedOf(sheets[index] as RecoverySheet));
  });
}

/** What is written meanwhile is in no listing. */
export async function unseen(cloud: MemoryCloud, work: () => Promise<void>): Promise<void> {
  const list = cloud.list.bind(cloud);
  const before = cloud.files();
  cloud.list = async (folder, options) => {
    const files = await list(folder, options);
    return files.filter(({ path }) => before.some((old) => old.path === path));
  };
  await work();
  cloud.list = list;
}

/** An empty cloud. */
export const cloudA = () => memoryCloud({ providerId: 'a' });
/** Of all files of a cloud. */
export const pathsOf = (cloud: MemoryCloud) => cloud.files().map(({ path }) => path);
/** Of all files but the keyring’s. */
export const dataOf = (cloud: MemoryCloud) =>
  pathsOf(cloud).filter((path) => !path.includes('/keyring/'));
/** Of the files of the keyring. */
export const keyringOf = (cloud: MemoryCloud) =>
  pathsOf(cloud).filter((path) => path.includes('/keyring/'));
