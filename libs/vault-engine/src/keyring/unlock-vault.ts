import { CloudError } from '@chat-vault/cloud-storage';
import { FormatError } from '@chat-vault/core';
import { parsePath } from '@chat-vault/core/format';
import {
  KeyringError,
  type KeyringFile,
  type OpenedKeyring,
  openKeyring,
  sealedCodec,
  VaultKeyring,
  type VaultKey,
  type VaultSecret,
} from '@chat-vault/core/sealed';
import { EngineError } from '../reports/engine-error.js';
import { type HealedKeyring, healKeyring } from './heal-keyring.js';
import { keepFiles, lostFiles, noteProven } from './kept-files.js';
import { type KeyringFolder, listSealed, openFolder, readKeyringFolder } from './keyring-folder.js';
import { accountOf, baseOf, callsOf, type KeyringPlace } from './keyring-place.js';

/** Files of each kind that are tried: some may be damaged. */
const MAX_TRIED = 4;
/** Files of each kind whose beginnings are read to find one of these keys, when the newest were sealed with another device's. */
const MAX_LOOKED_AT = 64;
/** Bytes in which a file names its key. */
const BEGINNING_BYTES = 256;

/**
 * The vault keys that a secret opens, in the cloud or, where its files are gone or were replaced, in the copies of this device. Writes nothing to the cloud. One sealed file, when there is any, was opened with them or with those that are `held` already, so
 * what they write will belong to this vault.
 *
 * @throws KeyringError as `openKeyring`; EngineError `keys-missing`; CloudError
 */
export async function unlockVault(
  place: KeyringPlace,
  secret: VaultSecret,
  held: readonly VaultKey[] = [],
): Promise<OpenedKeyring & { readonly hasSealed: boolean }> {
  const folder = await readKeyringFolder(place);
  const { isCopy, ...opened } = await openFolderOrCopies(place, folder, secret);
  const hasSealed = await openOneFile(place, [...opened.keys, ...held]);
  if (isCopy) await noteProven(place, opened.opened);
  else await keepFiles(place, folder, opened.keys, opened.opened);
  return { ...opened, hasSealed };
}

/** What a device that was unlocked before, and is locked now, may answer with its own copies. */
const MAY_BE_LOST: readonly string[] = ['no-keyring', 'wrong-secret', 'damaged-keyring'];

/** Opens the folder, or, where that fails as if its files were gone, what this device has kept of them. @throws as `openFolder`: where the copies do not open either, what the folder said stands */
async function openFolderOrCopies(
  place: KeyringPlace,
  folder: KeyringFolder,
  secret: VaultSecret,
): Promise<OpenedKeyring & { readonly isCopy: boolean }> {
  try {
    return { ...(await openFolder(place, folder, secret)), isCopy: false };
  } catch (error) {
    if (!(error instanceof KeyringError) || !MAY_BE_LOST.includes(error.code)) throw error;
    const copies = await lostFiles(place, folder);
    if (copies.length === 0) throw error;
    try {
      const opened = await openKeyring(copies, secret, await accountOf(place));
      return { ...opened, isCopy: true };
    } catch (reason) {
      throw reason instanceof KeyringError ? error : reason;
    }
  }
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

/** Whether there is a sealed file; then one of them was opened. @throws EngineError `keys-missing`; CloudError */
export async function openOneFile(
  place: KeyringPlace,
  keys: readonly VaultKey[],
): Promise<boolean> {
  const sealed = await listSealed(place);
  if (sealed.length === 0) return false;
  const kindOf = (path: string) => parsePath(baseOf(place), path)?.kind;
  for (const kind of ['catalog', 'delta'] as const) {
    const paths = sealed.map(({ path }) => path).filter((path) => kindOf(path) === kind);
    for (const path of paths.slice(0, MAX_TRIED))
      if (await opens(place, keys, path, kind)) return true;
    const further = paths.slice(MAX_TRIED, MAX_LOOKED_AT);
    for (const path of await chooseOurs(place, keys, further))
      if (await opens(place, keys, path, kind)) return true;
  }
  throw new EngineError(
    'keys-missing',
    'vault-engine: the keyring was opened, but its keys open none of the encrypted files; nothing was written',
    { details: { keyIds: keys.map(({ id }) => id) } },
  );
}

async function opens(
  place: KeyringPlace,
  keys: readonly VaultKey[],
  path: string,
  kind: 'catalog' | 'delta',
): Promise<boolean> {
  const codec = sealedCodec({ keyring: new VaultKeyring(keys) });
  try {
    await codec.decode(await place.cloud.read(path, callsOf(place)), { kind });
    return true;
  } catch (error) {
    if (error instanceof FormatError || isGone(error)) return false;
    throw error;
  }
}

/** Files that name one of the keys, by their beginnings. */
async function chooseOurs(
  place: KeyringPlace,
  keys: readonly VaultKey[],
  paths: readonly string[],
): Promise<readonly string[]> {
  const codecs = keys.map((key) => sealedCodec({ keyring: new VaultKeyring([key]) }));
  const range = { offset: 0, length: BEGINNING_BYTES };
  const chosen: string[] = [];
  for (const path of paths) {
    if (chosen.length === MAX_TRIED) break;
    try {
      const beginning = await place.cloud.read(path, { ...callsOf(place), range });
      if (codecs.some((codec) => codec.isCurrent?.(beginning))) chosen.push(path);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  return chosen;
}

/** Another device compacted meanwhile. */
const isGone = (error: unknown): boolean =>
  error instanceof CloudError && error.code === 'not-found';
