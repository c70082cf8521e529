import { systemEnvironment } from './default-environment.js';
import { type SealedEnvironment } from './environment.js';
import { type KeyringFile, MAX_REPLACED, type ParsedKeyringFile } from './keyring-file.js';
import { forget, openRawKeys, type RawKeyring } from './open-keyring.js';
import { type VaultSecret } from './secret.js';
import {
  compareVaultKeys,
  MAX_KEY_GENERATION,
  type RawVaultKey,
  toVaultKey,
  VAULT_KEY_BYTES,
  type VaultKey,
} from './vault-key.js';
import { wrapKeys } from './wrap-keys.js';

/** What new keyring files need. */
export interface KeyringOptions {
  /** First 16 hex digits of SHA-256 of the app's account id: a keyring of another account is refused. */
  readonly account?: string;
  /** Gives a new UUIDv7. */
  readonly newId: () => string;
  /** For tests and simulations. */
  readonly environment?: SealedEnvironment;
}

/** New files of a keyring. They are to be stored and read back before `replaced` is removed and before the keys write anything. */
export interface WrittenKeyring {
  /** The key that writes first. */
  readonly keys: readonly VaultKey[];
  readonly files: readonly KeyringFile[];
  /** Ids of files that the new ones took the place of. */
  readonly replaced: readonly string[];
}

/** Makes the first vault key of an account and wraps it for each secret. @throws KeyringError `mistyped-code`, `unusable-passphrase` */
export async function createKeyring(
  secrets: readonly VaultSecret[],
  options: KeyringOptions,
): Promise<WrittenKeyring> {
  return writeFiles([newKey(0, options)], secrets, { options, folder: null });
}

/**
 * Wraps all keys that `current` opens for a new secret: another passphrase, or a new recovery code. It takes the place of the files for that kind
 * of secret, except of those with keys that `current` does not open. No other file changes. Old copies of the old file still open with
 * the old secret. @throws KeyringError as `openKeyring`
 */
export async function changeSecret(
  files: readonly KeyringFile[],
  change: { readonly current: VaultSecret | readonly VaultSecret[]; readonly next: VaultSecret },
  options: KeyringOptions,
): Promise<WrittenKeyring> {
  const folder = await openFolder(files, change.current, options);
  return writeFiles(folder.keys, [change.next], { options, folder });
}

/**
 * Adds a vault key of the next generation, which writes from now on, and wraps it with all that `current` opens for each of `next`. Give a new
 * secret of each kind that is in use: one that is left out keeps its file, which opens the old keys and not the new one.
 * What was sealed before stays as it is. @throws KeyringError as `openKeyring`
 */
export async function rotateVaultKey(
  files: readonly KeyringFile[],
  change: {
    readonly current: VaultSecret | readonly VaultSecret[];
    readonly next: readonly VaultSecret[];
  },
  options: KeyringOptions,
): Promise<WrittenKeyring> {
  const folder = await openFolder(files, change.current, options);
  const newest = Math.max(...folder.keys.map(({ generation }) => generation));
  const key = newKey(Math.min(newest + 1, MAX_KEY_GENERATION), options);
  return writeFiles([...folder.keys, key], change.next, { options, folder });
}

const openFolder = (
  files: readonly KeyringFile[],
  current: VaultSecret | readonly VaultSecret[],
  { account }: KeyringOptions,
): Promise<RawKeyring> =>
  openRawKeys(files, 'kind' in current ? [current] : current, account ?? null);

function newKey(
  generation: number,
  { environment = systemEnvironment }: KeyringOptions,
): RawVaultKey {
  return { generation, bytes: environment.random(VAULT_KEY_BYTES) };
}

async function writeFiles(
  rawKeys: readonly RawVaultKey[],
  secrets: readonly VaultSecret[],
  context: {
    readonly options: KeyringOptions;
    readonly folder: RawKeyring | null;
  },
): Promise<WrittenKeyring> {
  const { options, folder } = context;
  const { account, newId, environment = systemEnvironment } = options;
  try {
    const keys = (await Promise.all(rawKeys.map(toVaultKey))).sort(compareVaultKeys);
    const ids = new Set(keys.map(({ id }) => id));
    const isCovered = ({ keyIds }: ParsedKeyringFile) => keyIds.every((id) => ids.has(id));
    const files: KeyringFile[] = [];
    const replaced = new Set<string>();
    for (const secret of secrets) {
      const gone = (folder?.parsed ?? []).filter(
        (file) => isCovered(file) && file.secret === secret.kind,
      );
      for (const { id } of gone) replaced.add(id);
      const place = { id: newId(), replaces: namesOf(gone), environment };
      files.push(await wrapKeys({ keys: rawKeys, account: account ?? null }, secret, place));
    }
    return { keys, files, replaced: [...replaced].sort() };
  } finally {
    forget(rawKeys);
  }
}

/** The files, and what they took the place of, so that a device which missed a step puts nothing back. The newest ids stay. */
const namesOf = (files: readonly ParsedKeyringFile[]): readonly string[] =>
  [...new Set(files.flatMap(({ id, replaces }) => [id, ...replaces]))].sort().slice(-MAX_REPLACED);
