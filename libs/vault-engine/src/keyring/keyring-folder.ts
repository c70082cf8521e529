import { type CloudFile, CloudError } from '@chat-vault/cloud-storage';
import {
  catalogsFolder,
  deltasFolder,
  isSealedExtension,
  parsePath,
} from '@chat-vault/core/format';
import {
  inspectKeyring,
  type InspectedKeyring,
  KeyringError,
  type KeyringFile,
  type OpenedKeyring,
  openKeyring,
  type VaultSecret,
  keyringFolder,
} from '@chat-vault/core/sealed';
import { accountOf, baseOf, callsOf, type KeyringPlace } from './keyring-place.js';

/** Bytes of the largest keyring file (docs/vault-format.md, "Limits"). */
const MAX_BYTES = 64 * 1024;
/** Anybody who can write to the folder can add files; more than so many are not read. */
const MAX_FILES = 128;

/** The keyring files that a cloud holds. */
export interface KeyringFolder extends InspectedKeyring {
  readonly files: readonly KeyringFile[];
}

/** Reads the keyring files of a cloud, the newest names first. One that goes away meanwhile is left out. @throws CloudError */
export async function readKeyringFolder(place: KeyringPlace): Promise<KeyringFolder> {
  const listed = await place.cloud.list(keyringFolder(baseOf(place)), callsOf(place));
  const files: KeyringFile[] = [];
  const oversized: string[] = [];
  const seen = new Set<string>();
  for (const file of [...listed].sort(byNameDown)) {
    const parsed = parsePath(baseOf(place), file.path);
    if (parsed?.kind !== 'keyring' || seen.has(parsed.id)) continue;
    seen.add(parsed.id);
    if (seen.size > MAX_FILES) break;
    if (file.size > MAX_BYTES) oversized.push(parsed.id);
    else files.push(...(await readFile(place, file.path, parsed.id)));
  }
  const inspected = await inspectKeyring(files);
  return { ...inspected, files, damaged: [...inspected.damaged, ...oversized] };
}

async function readFile(
  place: KeyringPlace,
  path: string,
  id: string,
): Promise<readonly KeyringFile[]> {
  try {
    return [{ id, bytes: await place.cloud.read(path, callsOf(place)) }];
  } catch (error) {
    if (error instanceof CloudError && error.code === 'not-found') return [];
    throw error;
  }
}

/** Opens what was read. @throws KeyringError; a folder of which nothing can be read is `damaged-keyring`, not `no-keyring` */
export async function openFolder(
  place: KeyringPlace,
  folder: KeyringFolder,
  secret: VaultSecret,
): Promise<OpenedKeyring> {
  try {
    return await openKeyring(folder.files, secret, await accountOf(place));
  } catch (error) {
    const isEmpty = error instanceof KeyringError && error.code === 'no-keyring';
    if (!isEmpty || folder.damaged.length === 0) throw error;
    const message =
      'vault-engine: the keyring is damaged; an unlocked device of the account can bring it back';
    throw new KeyringError('damaged-keyring', message, { cause: error });
  }
}

/** Whether there is an encrypted vault. @throws CloudError */
export const hasSealedFiles = async (place: SealedPlace): Promise<boolean> =>
  (await listSealed(place)).length > 0;

/** Where sealed files may be. */
type SealedPlace = Pick<KeyringPlace, 'cloud' | 'basePath' | 'signal'>;

/** The sealed catalogs and deltas of a cloud, the newest names first, catalogs before deltas. @throws CloudError */
export async function listSealed(place: SealedPlace): Promise<readonly CloudFile[]> {
  const base = baseOf(place);
  const [catalogs, deltas] = await Promise.all(
    [catalogsFolder(base), deltasFolder(base)].map((folder) =>
      place.cloud.list(folder, callsOf(place)),
    ),
  );
  return [catalogs, deltas].flatMap((files) =>
    [...(files ?? [])].filter(({ path }) => isSealed(base, path)).sort(byNameDown),
  );
}

function isSealed(base: string, path: string): boolean {
  const parsed = parsePath(base, path);
  return parsed !== null && isSealedExtension(parsed.extension);
}

const byNameDown = (a: CloudFile, b: CloudFile): number => (a.path < b.path ? 1 : -1);
