import { FormatError } from '../errors/format-error.js';
import { KeyringError } from './keyring-error.js';
import {
  type KeyringEntry,
  type KeyringFile,
  parseKeyringFile,
  type ParsedKeyringFile,
} from './keyring-file.js';
import { secretBytes, type VaultSecret } from './secret.js';
import { compareVaultKeys, type RawVaultKey, toVaultKey, type VaultKey } from './vault-key.js';
import { unwrapKeys } from './wrap-keys.js';

/** Files tried with one secret, as anybody who can write to the folder can add some: with a passphrase each may cost a second, with a recovery code next to nothing. */
export const MAX_TRIED_FILES: Readonly<Record<VaultSecret['kind'], number>> = {
  passphrase: 16,
  recovery: 128,
};

/** What a keyring gave. */
export interface OpenedKeyring {
  /** The key that writes first. */
  readonly keys: readonly VaultKey[];
  /** Ids of the files that were opened. */
  readonly opened: readonly string[];
  /** Ids of files that cannot be read. */
  readonly damaged: readonly string[];
  /** Files that name keys which are in none of the opened: another secret may open them. */
  readonly closed: readonly KeyringEntry[];
}

/** The files of a keyring, as far as they can be read without a secret. */
export interface InspectedKeyring {
  readonly entries: readonly KeyringEntry[];
  /** Ids of files that are damaged, or ask for more or less than the format allows. */
  readonly damaged: readonly string[];
  /** Ids of files that a newer version wrote. */
  readonly newer: readonly string[];
}

/** What kinds of secret open the keyring, and which keys it names. */
export async function inspectKeyring(files: readonly KeyringFile[]): Promise<InspectedKeyring> {
  const { parsed, damaged, newer } = await parseFiles(files);
  return { entries: parsed.map(toEntry), damaged, newer };
}

/**
 * The vault keys of all files that the secret opens. It takes about as long as one derivation for each file of that kind.
 * @throws KeyringError `no-keyring`, `wrong-secret`, `damaged-keyring`, `foreign-vault`, `upgrade-required`, `out-of-memory`, `mistyped-code`,
 * `unusable-passphrase`; `details.damaged` lists files that could not be tried, `details.untried` counts those that were too many
 */
export async function openKeyring(
  files: readonly KeyringFile[],
  secret: VaultSecret,
  options?: { readonly account?: string },
): Promise<OpenedKeyring> {
  const { keys, ...opened } = await openRawKeys(files, [secret], options?.account ?? null);
  const vaultKeys = await Promise.all(keys.map(toVaultKey));
  forget(keys);
  return {
    keys: vaultKeys.sort(compareVaultKeys),
    opened: opened.opened.map(({ id }) => id),
    damaged: opened.damaged,
    closed: opened.closed,
  };
}

/** Opened with the bytes of its keys, to wrap them again. */
export interface RawKeyring {
  /** Each key once. */
  readonly keys: readonly RawVaultKey[];
  readonly opened: readonly ParsedKeyringFile[];
  readonly damaged: readonly string[];
  readonly closed: readonly KeyringEntry[];
  /** All files that can be read, opened or not. */
  readonly parsed: readonly ParsedKeyringFile[];
}

/** Fills the keys with zeros. */
export function forget(keys: readonly RawVaultKey[]): void {
  for (const { bytes } of keys) bytes.fill(0);
}

/** As `openKeyring`, with several secrets of which each must open something. The caller forgets the keys. */
export async function openRawKeys(
  files: readonly KeyringFile[],
  secrets: readonly VaultSecret[],
  account: string | null,
): Promise<RawKeyring> {
  const folder = await parseFiles(files);
  const keys = new Map<string, RawVaultKey>();
  const opened: ParsedKeyringFile[] = [];
  const damaged = [...folder.damaged];
  try {
    for (const secret of secrets) {
      const tried = await tryFiles(folder, secret, account);
      for (const { id, key } of tried.keys) if (!isKnown(keys.get(id), key)) keys.set(id, key);
      opened.push(...tried.opened.filter(({ id }) => !opened.some((one) => one.id === id)));
      damaged.push(...tried.damaged.filter((id) => !damaged.includes(id)));
    }
  } catch (error) {
    forget([...keys.values()]);
    throw error;
  }
  const closed = folder.parsed
    .filter(({ keyIds }) => !keyIds.every((id) => keys.has(id)))
    .map(toEntry);
  return { keys: [...keys.values()], opened, damaged, closed, parsed: folder.parsed };
}

/** Of one key under two generations the newer counts. */
const isKnown = (known: RawVaultKey | undefined, key: RawVaultKey): boolean =>
  known !== undefined && known.generation >= key.generation;

interface ParsedFolder {
  readonly parsed: readonly ParsedKeyringFile[];
  readonly damaged: readonly string[];
  readonly newer: readonly string[];
}

async function parseFiles(files: readonly KeyringFile[]): Promise<ParsedFolder> {
  const parsed: ParsedKeyringFile[] = [];
  const damaged: string[] = [];
  const newer: string[] = [];
  for (const file of files)
    try {
      parsed.push(await parseKeyringFile(file));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      (error.code === 'upgrade-required' ? newer : damaged).push(file.id);
    }
  return { parsed, damaged, newer };
}

interface Tried {
  readonly keys: readonly { readonly id: string; readonly key: RawVaultKey }[];
  readonly opened: readonly ParsedKeyringFile[];
  readonly damaged: readonly string[];
}

async function tryFiles(
  folder: ParsedFolder,
  secret: VaultSecret,
  account: string | null,
): Promise<Tried> {
  const keys: { readonly id: string; readonly key: RawVaultKey }[] = [];
  const opened: ParsedKeyringFile[] = [];
  const damaged: string[] = [];
  const candidates = folder.parsed.filter((file) => file.secret === secret.kind).sort(byCost);
  const bytes = secretBytes(secret);
  let foreign = 0;
  let wrong = 0;
  let tooLarge: KeyringError | undefined;
  try {
    for (const file of candidates.slice(0, MAX_TRIED_FILES[secret.kind])) {
      const outcome = await unwrapKeys(file, bytes).catch(toOutOfMemory);
      if (outcome instanceof KeyringError) tooLarge ??= outcome;
      else if (outcome.kind === 'wrong-secret') wrong++;
      else if (outcome.kind === 'damaged') damaged.push(file.id);
      else if (isForeign(outcome.content.account, account)) {
        forget(outcome.content.keys);
        foreign++;
      } else {
        opened.push(file);
        for (const key of outcome.content.keys) keys.push({ id: (await toVaultKey(key)).id, key });
      }
    }
  } finally {
    bytes.fill(0);
  }
  if (opened.length > 0) return { keys, opened, damaged };
  if (tooLarge && foreign + wrong + damaged.length === 0) throw tooLarge;
  const untried = Math.max(0, candidates.length - MAX_TRIED_FILES[secret.kind]);
  throw notOpened(secret.kind, folder, { foreign, wrong, damaged, untried });
}

/** A file that this device cannot try does not keep it from trying the others. */
function toOutOfMemory(error: unknown): KeyringError {
  if (error instanceof KeyringError && error.code === 'out-of-memory') return error;
  throw error;
}

/** Cheap ones first, so that planted files that cost much are tried last. */
const byCost = (a: ParsedKeyringFile, b: ParsedKeyringFile): number =>
  costOf(a) - costOf(b) || (a.id < b.id ? -1 : 1);

const costOf = ({ kdf }: ParsedKeyringFile): number =>
  kdf.name === 'argon2id' ? kdf.memoryKiB * kdf.passes : 0;

const isForeign = (theirs: string | null, ours: string | null): boolean =>
  theirs !== null && ours !== null && theirs !== ours;

function notOpened(
  kind: VaultSecret['kind'],
  folder: ParsedFolder,
  tried: {
    readonly foreign: number;
    readonly wrong: number;
    readonly damaged: readonly string[];
    readonly untried: number;
  },
): KeyringError {
  const damaged = [...folder.damaged, ...tried.damaged];
  const { untried } = tried;
  const options = { details: { secret: kind, damaged, newer: folder.newer, untried } };
  if (tried.foreign > 0)
    return new KeyringError(
      'foreign-vault',
      'core: this keyring belongs to another account; look at the folder that was chosen',
      options,
    );
  // A damaged file that was tried has shown that the secret is right.
  if (tried.wrong > 0 && tried.damaged.length === 0)
    return new KeyringError(
      'wrong-secret',
      `core: this ${wordOf(kind)} does not open the keyring`,
      options,
    );
  if (damaged.length > 0)
    return new KeyringError(
      'damaged-keyring',
      'core: the keyring is damaged; another secret, or a device of the account that is unlocked, can bring the keys back',
      options,
    );
  if (folder.newer.length > 0)
    return new KeyringError(
      'upgrade-required',
      'core: a newer version of the app wrote the keyring; update the app',
      options,
    );
  return new KeyringError('no-keyring', `core: there is no keyring for a ${wordOf(kind)}`, options);
}

const wordOf = (kind: VaultSecret['kind']): string =>
  kind === 'recovery' ? 'recovery code' : 'passphrase';

const toEntry = ({ id, secret, keyIds, replaces }: ParsedKeyringFile): KeyringEntry => ({
  id,
  secret,
  keyIds,
  replaces,
});
