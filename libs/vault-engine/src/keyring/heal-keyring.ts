import {
  type KeyringEntry,
  type KeyringFile,
  type VaultKey,
  keyringPath,
} from '@chat-vault/core/sealed';
import { keepFiles, readKept, usableFiles, writeKept } from './kept-files.js';
import { readKeyringFolder } from './keyring-folder.js';
import { baseOf, callsOf, type KeyringPlace } from './keyring-place.js';

/** What healing found and did. */
export interface HealedKeyring {
  /** Ids of files that were missing and are there again. */
  readonly putBack: readonly string[];
  /** Whether there is a file with one of the keys now. */
  readonly isThere: boolean;
  /** Files that name keys this device lacks: a secret is to be asked for. */
  readonly closed: readonly KeyringEntry[];
}

/**
 * What an unlocked device does for the keyring of a cloud: it keeps copies of what is there, puts back what is missing, unless a file that is there took its place, and
 * removes what its own change of a secret left. A damaged file is removed and written again from the copy. `copies` are files of the same keys
 * from another cloud: for one that has no keyring yet. Twice is harmless. @throws CloudError
 */
export async function healKeyring(
  place: KeyringPlace,
  keys: readonly Pick<VaultKey, 'id'>[],
  copies: readonly KeyringFile[] = [],
): Promise<HealedKeyring> {
  const folder = await readKeyringFolder(place);
  const kept = await keepFiles(place, folder, keys);
  const ours = new Set(keys.map(({ id }) => id));
  const isOurs = ({ keyIds }: KeyringEntry) => keyIds.some((id) => ours.has(id));
  const hasOurs = folder.entries.some(isOurs);
  const wanted = hasOurs || kept.files.length > 0 ? kept.files : copies;
  const there = new Set([
    ...folder.entries.map(({ id }) => id),
    ...folder.newer,
    ...folder.entries.flatMap(({ replaces }) => replaces),
  ]);
  const putBack = (await usableFiles(wanted, keys)).filter(({ id }) => !there.has(id));
  for (const { id, bytes } of putBack) {
    const path = keyringPath(baseOf(place), id);
    if (folder.damaged.includes(id)) await place.cloud.remove(path, callsOf(place));
    await place.cloud.create(path, bytes, callsOf(place));
  }
  if (kept.files.length === 0 && putBack.length > 0)
    await writeKept(place, { ...kept, files: putBack });
  await removeOutdated(place, kept.outdated);
  return {
    isThere: hasOurs || putBack.length > 0,
    putBack: putBack.map(({ id }) => id),
    closed: folder.entries.filter(({ keyIds }) => !keyIds.every((id) => ours.has(id))),
  };
}

/** Removes what files of this device took the place of; cut off, the next healing does it. */
export async function removeOutdated(
  place: KeyringPlace,
  outdated: readonly string[],
): Promise<void> {
  if (outdated.length === 0) return;
  for (const id of outdated)
    await place.cloud.remove(keyringPath(baseOf(place), id), callsOf(place));
  await writeKept(place, { ...(await readKept(place)), outdated: [] });
}
