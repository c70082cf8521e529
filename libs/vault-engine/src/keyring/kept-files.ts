import { type ChatStorage } from '@chat-vault/chat-storage';
import {
  inspectKeyring,
  type KeyringEntry,
  type KeyringFile,
  type VaultKey,
} from '@chat-vault/core/sealed';
import { type KeyringFolder } from './keyring-folder.js';
import { type KeyringPlace } from './keyring-place.js';

/** Name of the document of a provider that holds copies of its keyring files: for `reseed`, which is to keep it. */
export const KEYRING_DOCUMENT = 'keyring';

/** Copies on a device; more are not kept. */
const MAX_KEPT = 32;

/** The copy that a device has of a keyring. What it holds is wrapped, as in the cloud. */
export interface KeptKeyring {
  readonly files: readonly KeyringFile[];
  /** Ids of files that new ones of this device took the place of, and that may still be there. */
  readonly outdated: readonly string[];
  /** Ids of files that a secret opened here, or that were made here: under such a name nothing else is genuine, as files never change. */
  readonly proven: readonly string[];
}

/** Whose copy it is. */
export interface KeptPlace {
  readonly storage: ChatStorage;
  readonly cloud: { readonly providerId: string };
}

/** What a stored document says; anything else is as if nothing were stored. */
export async function readKept({ storage, cloud }: KeptPlace): Promise<KeptKeyring> {
  const document = await storage.document(cloud.providerId, KEYRING_DOCUMENT);
  const { files, outdated, proven } = (document ?? {}) as Partial<
    Record<keyof KeptKeyring, unknown>
  >;
  return {
    files: Array.isArray(files) ? files.filter(isFile) : [],
    outdated: idsIn(outdated),
    proven: idsIn(proven),
  };
}

/** The copies that this device has of the keyring of a cloud: for another cloud of the same keys. */
export const keptFiles = async (place: KeptPlace): Promise<readonly KeyringFile[]> =>
  (await readKept(place)).files;

/** Replaces the copy. */
export async function writeKept(place: KeptPlace, kept: KeptKeyring): Promise<void> {
  const { storage, cloud } = place;
  await storage.updateSyncState(cloud.providerId, { documents: { [KEYRING_DOCUMENT]: kept } });
}

/** Adds copies of files that were just put into the cloud. */
export async function addKept(place: KeptPlace, files: readonly KeyringFile[]): Promise<void> {
  const kept = await readKept(place);
  const left = kept.files.filter(({ id }) => !files.some((file) => file.id === id));
  await writeKept(place, { ...kept, files: [...files, ...left] });
}

/**
 * Remembers for a cloud that is not reached now that new files took the place of these: they are removed once one of the new ones is there. Of a file of
 * this device's own making only, as anybody can name any file in one.
 */
export async function noteOutdated(place: KeptPlace, ids: readonly string[]): Promise<void> {
  const kept = await readKept(place);
  await writeKept(place, { ...kept, outdated: [...new Set([...kept.outdated, ...ids])] });
}

/** Copies of files that are gone from the folder or are other ones there, and that nothing there took the place of. */
export async function lostFiles(
  place: KeyringPlace,
  { files, entries }: KeyringFolder,
): Promise<readonly KeyringFile[]> {
  const kept = await readKept(place);
  const gone = new Set([...kept.outdated, ...entries.flatMap(({ replaces }) => replaces)]);
  const isThere = (copy: KeyringFile) => files.some((file) => isSameFile(file, copy));
  return kept.files.filter((copy) => !gone.has(copy.id) && !isThere(copy));
}

/** Remembers that a secret opened these copies. */
export async function noteProven(place: KeptPlace, ids: readonly string[]): Promise<void> {
  const kept = await readKept(place);
  await writeKept(place, { ...kept, proven: [...new Set([...kept.proven, ...ids])] });
}

/**
 * Keeps the undamaged files that hold one of our keys, and drops what a file that is there took the place of. First comes what was just `opened`, then what was kept before, so nobody
 * drives that out with files of their own. A copy that was opened stays as it is.
 */
export async function keepFiles(
  place: KeyringPlace,
  folder: KeyringFolder,
  keys: readonly Pick<VaultKey, 'id'>[],
  opened: readonly string[] = [],
): Promise<KeptKeyring> {
  const before = await readKept(place);
  const ours = new Set(keys.map(({ id }) => id));
  const good = folder.entries.filter(({ keyIds }) => keyIds.some((id) => ours.has(id)));
  const goodIds = new Set(good.map(({ id }) => id));
  const replaced = new Set(good.flatMap(({ replaces }) => replaces));
  const there = new Map(
    folder.files.filter(({ id }) => goodIds.has(id)).map((file) => [file.id, file]),
  );
  const isProven = ({ id }: KeyringFile) => before.proven.includes(id);
  const known = before.files.map((file) => (isProven(file) ? file : (there.get(file.id) ?? file)));
  const news = [...there.values()].filter(({ id }) => !before.files.some((one) => one.id === id));
  const isOpened = ({ id }: KeyringFile) => opened.includes(id);
  const ranked = [...news.filter(isOpened), ...known, ...news.filter((one) => !isOpened(one))];
  const files = ranked.filter(({ id }) => !replaced.has(id)).slice(0, MAX_KEPT);
  const proven = [...new Set([...before.proven, ...opened])].filter((id) =>
    files.some((file) => file.id === id),
  );
  const kept = { files, outdated: before.outdated, proven };
  if (!isSame(before.files, files) || proven.join() !== before.proven.join())
    await writeKept(place, kept);
  return kept;
}

/** The files that are still whole and hold one of our keys, with what they say. */
export async function usableFiles(
  files: readonly KeyringFile[],
  keys: readonly Pick<VaultKey, 'id'>[],
): Promise<readonly (KeyringFile & KeyringEntry)[]> {
  const ours = new Set(keys.map(({ id }) => id));
  const { entries } = await inspectKeyring(files);
  const usable = new Map(
    entries.filter(({ keyIds }) => keyIds.some((id) => ours.has(id))).map((one) => [one.id, one]),
  );
  return files.flatMap((file) => {
    const entry = usable.get(file.id);
    return entry ? [{ ...file, ...entry }] : [];
  });
}

function isFile(value: unknown): value is KeyringFile {
  const { id, bytes } = (value ?? {}) as Partial<Record<keyof KeyringFile, unknown>>;
  return typeof id === 'string' && ArrayBuffer.isView(bytes);
}

const idsIn = (stored: unknown): readonly string[] =>
  Array.isArray(stored) ? stored.filter((id) => typeof id === 'string') : [];

const isSame = (a: readonly KeyringFile[], b: readonly KeyringFile[]): boolean =>
  a.length === b.length && a.every((file) => b.some((other) => isSameFile(file, other)));

/** Whether both have one name and the same bytes. */
export const isSameFile = (a: KeyringFile, b: KeyringFile): boolean =>
  a.id === b.id &&
  a.bytes.length === b.bytes.length &&
  a.bytes.every((byte, at) => byte === b.bytes[at]);
