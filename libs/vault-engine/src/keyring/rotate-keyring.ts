import {
  type KeyringFile,
  type KeyringOptions,
  rotateVaultKey,
  type VaultSecret,
  type WrittenKeyring,
} from '@chat-vault/core/sealed';
import { isSameFile } from './kept-files.js';
import { readKeyringFolder } from './keyring-folder.js';
import { type KeyringPlace } from './keyring-place.js';

/** The keyring files of a cloud, for `rotateKeyring`. @throws CloudError */
export const readKeyring = async (place: KeyringPlace): Promise<readonly KeyringFile[]> =>
  (await readKeyringFolder(place)).files;

/**
 * A new key that writes from now on, and files that hold it with all keys that `current` opens in any of several clouds, wrapped for each of `next`: the same files for every cloud, to be
 * put there by `storeKeyring`. They take the place of all files of the same kinds of secret whose keys they hold. Writes nothing.
 *
 * @throws KeyringError as `rotateVaultKey`
 */
export async function rotateKeyring(
  clouds: readonly (readonly KeyringFile[])[],
  change: { readonly current: readonly VaultSecret[]; readonly next: readonly VaultSecret[] },
  options: KeyringOptions,
): Promise<WrittenKeyring> {
  const files: KeyringFile[] = [];
  // The same file lies in several clouds; opening it takes its time.
  for (const file of clouds.flat())
    if (!files.some((one) => isSameFile(one, file))) files.push(file);
  return rotateVaultKey(files, change, options);
}
