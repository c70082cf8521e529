import { CloudError } from '@chat-vault/cloud-storage';
import {
  changeSecret,
  KeyringError,
  type KeyringFile,
  type KeyringOptions,
  openKeyring,
  type VaultSecret,
  type WrittenKeyring,
  keyringPath,
} from '@chat-vault/core/sealed';
import { removeOutdated } from './heal-keyring.js';
import { readKept, writeKept } from './kept-files.js';
import { readKeyringFolder } from './keyring-folder.js';
import { accountOf, baseOf, callsOf, type KeyringPlace } from './keyring-place.js';

/**
 * Puts new keyring files into a cloud, reads them back and opens them with their secrets; then what they took the place of is removed. Only when this has
 * resolved may the keys seal anything there. Cut off, the old secrets still open the vault. @throws CloudError; KeyringError when what was read back does not open
 */
export async function storeKeyring(
  place: KeyringPlace,
  { files, replaced, keys }: WrittenKeyring,
  secrets: readonly VaultSecret[],
): Promise<void> {
  const stored: KeyringFile[] = [];
  for (const { id, bytes } of files) {
    const path = keyringPath(baseOf(place), id);
    await place.cloud.create(path, bytes, callsOf(place));
    const back = await place.cloud.read(path, callsOf(place));
    if (!isSame(bytes, back)) throw notStored();
    stored.push({ id, bytes: back });
  }
  for (const secret of secrets) {
    const opened = await openKeyring(stored, secret, await accountOf(place));
    if (!keys.every(({ id }) => opened.keys.some((key) => key.id === id))) throw notStored();
  }
  const kept = await readKept(place);
  const outdated = [...new Set([...kept.outdated, ...replaced])];
  const left = kept.files.filter(({ id }) => !outdated.includes(id));
  const added = stored.filter(({ id }) => !left.some((one) => one.id === id));
  // What no secret was given for was not opened.
  const proven = secrets.length > 0 ? stored.map(({ id }) => id) : [];
  await writeKept(place, {
    files: [...added, ...left],
    outdated,
    proven: [...new Set([...kept.proven, ...proven])],
  });
  await removeOutdated(place, outdated);
}

/**
 * Another passphrase, or a new recovery code, for all keys that `current` opens; no file but the keyring's is written. What `next` opens already was changed
 * before: an attempt that was cut off can be repeated. @throws KeyringError as `changeSecret`; CloudError
 */
export async function changeVaultSecret(
  place: KeyringPlace,
  change: { readonly current: VaultSecret; readonly next: VaultSecret },
  options: Omit<KeyringOptions, 'account'>,
): Promise<void> {
  const { files } = await readKeyringFolder(place);
  const account = await accountOf(place);
  let written: WrittenKeyring;
  try {
    written = await changeSecret(files, change, { ...options, ...account });
  } catch (error) {
    const isWrong = error instanceof KeyringError && error.code === 'wrong-secret';
    if (!isWrong || !(await opens(files, change.next, account))) throw error;
    await removeOutdated(place, (await readKept(place)).outdated);
    return;
  }
  await storeKeyring(place, written, [change.next]);
}

async function opens(
  files: readonly KeyringFile[],
  secret: VaultSecret,
  account: { readonly account?: string },
): Promise<boolean> {
  try {
    await openKeyring(files, secret, account);
    return true;
  } catch (error) {
    if (error instanceof KeyringError) return false;
    throw error;
  }
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at]);

const notStored = (): CloudError =>
  new CloudError(
    'invalid',
    'vault-engine: the cloud did not give the keyring back as it was stored',
  );
