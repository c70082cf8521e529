import {
  type KeyringEntry,
  type KeyringFile,
  type VaultKey,
  keyringPath,
} from '@chat-vault/core/sealed';
import { addKept, isSameFile, keepFiles, readKept, usableFiles, writeKept } from './kept-files.js';
import { readKeyringFolder } from './keyring-folder.js';
import { baseOf, callsOf, type KeyringPlace } from './keyring-place.js';

/** What healing found and did. */
export interface HealedKeyring {
  /** Ids of files that were missing and are there again. */
  readonly putBack: readonly string[];
  /** Whether there is a file with the key that writes now. */
  readonly isThere: boolean;
  /** Files that name keys this device lacks: a secret is to be asked for. */
  readonly closed: readonly KeyringEntry[];
  /** Whether some secret opens a part of the keys only, and no other file took the place of its file: two devices made keys at once. */
  readonly isDivided: boolean;
}

/**
 * What an unlocked device does for the keyring of a cloud: it keeps copies of what is there, puts back what is missing, unless a file that is there took its place, and
 * removes what its own change of a secret left. A damaged file is removed and written again from the copy, and so is one whose copy a secret opened here and that has other bytes now. `copies` are files of the same keys
 * from other clouds: for one whose keyring lacks the key that writes, which is the first of `keys`. Twice is harmless. @throws CloudError
 */
export async function healKeyring(
  place: KeyringPlace,
  keys: readonly Pick<VaultKey, 'id'>[],
  copies: readonly KeyringFile[] = [],
): Promise<HealedKeyring> {
  const folder = await readKeyringFolder(place);
  const kept = await keepFiles(place, folder, keys);
  const known = await usableFiles(kept.files, keys);
  const isWriting = ({ keyIds }: KeyringEntry) => keyIds.includes(keys[0]?.id ?? '');
  const altered = folder.files.flatMap((file) => {
    const copy = known.find(({ id }) => id === file.id);
    return copy && kept.proven.includes(copy.id) && !isSameFile(copy, file) ? [copy.id] : [];
  });
  const intact = folder.entries.filter(({ id }) => !altered.includes(id));
  const hasWriting = [...intact, ...known].some(isWriting);
  const wanted = hasWriting ? known : [...known, ...(await usableFiles(copies, keys))];
  const there = new Set([
    ...intact.map(({ id }) => id),
    ...folder.newer.filter((id) => !altered.includes(id)),
    ...[...intact, ...wanted].flatMap(({ replaces }) => replaces),
  ]);
  const putBack = wanted.filter(({ id }) => !there.has(id) && there.add(id));
  for (const { id, bytes } of putBack) {
    const path = keyringPath(baseOf(place), id);
    if ([...folder.damaged, ...altered].includes(id))
      await place.cloud.remove(path, callsOf(place));
    await place.cloud.create(path, bytes, callsOf(place));
  }
  if (!hasWriting && putBack.length > 0)
    await addKept(
      place,
      putBack.map(({ id, bytes }) => ({ id, bytes })),
    );
  const entries = [...intact, ...putBack];
  const isThere = entries.some(isWriting);
  // Before that the old ones are all that opens what is there.
  if (isThere) await removeOutdated(place, kept.outdated);
  const ours = new Set(keys.map(({ id }) => id));
  return {
    isThere,
    putBack: putBack.map(({ id }) => id),
    closed: intact.filter(({ keyIds }) => !keyIds.every((id) => ours.has(id))),
    isDivided: isDivided(
      entries.filter(({ id }) => !kept.outdated.includes(id)),
      keys,
    ),
  };
}

function isDivided(
  entries: readonly KeyringEntry[],
  keys: readonly Pick<VaultKey, 'id'>[],
): boolean {
  const isWhole = ({ keyIds }: KeyringEntry) => keys.every(({ id }) => keyIds.includes(id));
  const replaced = new Set(entries.filter(isWhole).flatMap(({ replaces }) => replaces));
  return entries.some(
    (entry) =>
      !isWhole(entry) &&
      !replaced.has(entry.id) &&
      keys.some(({ id }) => entry.keyIds.includes(id)),
  );
}

/** Removes what files of this device took the place of; cut off, the next healing does it. */
export async function removeOutdated(
  place: KeyringPlace,
  outdated: readonly string[],
): Promise<void> {
  if (outdated.length === 0) return;
  for (const id of outdated)
    await place.cloud.remove(keyringPath(baseOf(place), id), callsOf(place));
  const kept = await readKept(place);
  await writeKept(place, {
    ...kept,
    outdated: kept.outdated.filter((id) => !outdated.includes(id)),
  });
}
