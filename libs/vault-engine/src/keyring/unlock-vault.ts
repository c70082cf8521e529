import { FormatError } from '@chat-vault/core';
import { parsePath } from '@chat-vault/core/format';
import {
  type KeyringFile,
  type OpenedKeyring,
  sealedCodec,
  VaultKeyring,
  type VaultKey,
  type VaultSecret,
} from '@chat-vault/core/sealed';
import { EngineError } from '../reports/engine-error.js';
import { type HealedKeyring, healKeyring } from './heal-keyring.js';
import { keepFiles } from './kept-files.js';
import { listSealed, openFolder, readKeyringFolder } from './keyring-folder.js';
import { baseOf, callsOf, type KeyringPlace } from './keyring-place.js';

/** Files of each kind that are tried: some may be damaged, or sealed with another device's key. */
const MAX_TRIED = 4;

/**
 * The vault keys that a secret opens. Writes nothing to the cloud. One sealed file, when there is any, was opened with them, so what they write will belong to this
 * vault.
 *
 * @throws KeyringError as `openKeyring`; EngineError `keys-missing`; CloudError
 */
export async function unlockVault(
  place: KeyringPlace,
  secret: VaultSecret,
): Promise<OpenedKeyring & { readonly hasSealed: boolean }> {
  const folder = await readKeyringFolder(place);
  const opened = await openFolder(place, folder, secret);
  const hasSealed = await openOneFile(place, opened.keys);
  await keepFiles(place, folder, opened.keys);
  return { ...opened, hasSealed };
}

/**
 * What an unlocked device does before it first writes to a cloud: it opens one sealed file, when there is any, and sees to the keyring (`healKeyring`).
 *
 * @throws EngineError `keys-missing`: the keys belong to another vault, or no keyring file of them is there and none could be put back; CloudError
 */
export async function joinVault(
  place: KeyringPlace,
  keys: readonly VaultKey[],
  copies: readonly KeyringFile[],
): Promise<HealedKeyring & { readonly hasSealed: boolean }> {
  const hasSealed = await openOneFile(place, keys);
  const healed = await healKeyring(place, keys, copies);
  if (!healed.isThere)
    throw new EngineError(
      'keys-missing',
      'vault-engine: the keyring of this vault is gone and this device has no copy; nothing was written',
    );
  return { ...healed, hasSealed };
}

/** Refuses to turn encryption on where somebody did. @throws EngineError `already-encrypted` */
export async function refuseEncrypted(place: KeyringPlace): Promise<void> {
  const { entries, damaged, newer } = await readKeyringFolder(place);
  const isThere = entries.length + damaged.length + newer.length > 0;
  if (!isThere && (await listSealed(place)).length === 0) return;
  throw new EngineError(
    'already-encrypted',
    'vault-engine: this vault is encrypted already; nothing was written. Unlock it instead.',
  );
}

/** Whether there is a sealed file; then one of them was opened. */
async function openOneFile(place: KeyringPlace, keys: readonly VaultKey[]): Promise<boolean> {
  const codec = sealedCodec({ keyring: new VaultKeyring(keys) });
  const sealed = await listSealed(place);
  if (sealed.length === 0) return false;
  const kindOf = (path: string) => parsePath(baseOf(place), path)?.kind;
  for (const kind of ['catalog', 'delta'] as const) {
    const files = sealed.filter(({ path }) => kindOf(path) === kind);
    for (const { path } of files.slice(0, MAX_TRIED))
      try {
        await codec.decode(await place.cloud.read(path, callsOf(place)), { kind });
        return true;
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
  }
  throw new EngineError(
    'keys-missing',
    'vault-engine: the keyring was opened, but its keys open none of the encrypted files; nothing was written',
    { details: { keyIds: keys.map(({ id }) => id) } },
  );
}
