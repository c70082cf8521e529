import {
  type CommittedKey,
  deriveCommittedKey,
  isCommitted,
  openOnce,
  SALT_BYTES,
  sealOnce,
} from './committed-key.js';
import { type SealedEnvironment } from './environment.js';
import { fromHex, toHex } from './hex.js';
import { type Kdf } from './kdf.js';
import {
  formatKeyringFile,
  type KeyringFile,
  keyringHeader,
  parseKeyringFile,
  type ParsedKeyringFile,
} from './keyring-file.js';
import { deriveSecretKey, secretBytes, type VaultSecret } from './secret.js';
import { MAX_KEY_GENERATION, type RawVaultKey, toVaultKey, VAULT_KEY_BYTES } from './vault-key.js';

/** What a keyring file holds for who knows its secret. */
export interface UnwrappedKeys {
  /** First 16 hex digits of SHA-256 of the app's account id; `null` when the app gave none. */
  readonly account: string | null;
  readonly keys: readonly RawVaultKey[];
}

/** How opening one file ended. */
export type UnwrapOutcome =
  | { readonly kind: 'opened'; readonly content: UnwrappedKeys }
  | { readonly kind: 'wrong-secret' }
  | { readonly kind: 'damaged' };

const ACCOUNT_BYTES = 8;
const ENTRY_BYTES = 4 + VAULT_KEY_BYTES;

/** Wraps keys for one secret, as a new keyring file. @throws KeyringError for a secret that is none */
export async function wrapKeys(
  { keys, account }: UnwrappedKeys,
  secret: VaultSecret,
  place: {
    readonly id: string;
    readonly replaces: readonly string[];
    readonly environment: SealedEnvironment;
  },
): Promise<KeyringFile> {
  const { id, replaces, environment } = place;
  const sorted = await sortById(keys);
  const header = {
    id,
    secret: secret.kind,
    kdf: kdfFor(secret, environment),
    salt: environment.random(SALT_BYTES),
    keyIds: sorted.map(({ keyId }) => keyId),
    replaces,
  };
  const bytes = secretBytes(secret);
  const content = toBytes(sorted, account);
  try {
    const committed = await committedKeyOf(bytes, header);
    const wrapped = await sealOnce(committed, content, keyringHeader(header));
    const file = await formatKeyringFile({ ...header, commitment: committed.commitment, wrapped });
    await parseKeyringFile(file); // what no device could read must not be written
    return file;
  } finally {
    bytes.fill(0);
    content.fill(0);
  }
}

/** Opens a keyring file with the bytes of a secret of its kind. @throws KeyringError `out-of-memory` */
export async function unwrapKeys(
  file: ParsedKeyringFile,
  secret: Uint8Array,
): Promise<UnwrapOutcome> {
  const committed = await committedKeyOf(secret, file);
  if (!isCommitted(committed, file.commitment)) return { kind: 'wrong-secret' };
  const bytes = await openOnce(committed, file.wrapped, keyringHeader(file));
  if (bytes === null) return { kind: 'damaged' };
  const content = fromBytes(bytes);
  bytes.fill(0);
  if (content === null) return { kind: 'damaged' };
  const ids = (await sortById(content.keys)).map(({ keyId }) => keyId);
  if (ids.join() !== file.keyIds.join()) return { kind: 'damaged' };
  return { kind: 'opened', content };
}

const kdfFor = (secret: VaultSecret, { passphraseCost }: SealedEnvironment): Kdf =>
  secret.kind === 'passphrase' ? { name: 'argon2id', ...passphraseCost } : { name: 'hkdf-sha-256' };

async function committedKeyOf(
  bytes: Uint8Array,
  { secret, kdf, salt }: Pick<ParsedKeyringFile, 'secret' | 'kdf' | 'salt'>,
): Promise<CommittedKey> {
  const key = await deriveSecretKey(bytes, salt, kdf);
  return deriveCommittedKey(key, salt, `chat-vault/1/keyring/${secret}`);
}

async function sortById(
  keys: readonly RawVaultKey[],
): Promise<readonly (RawVaultKey & { readonly keyId: string })[]> {
  const named = await Promise.all(
    keys.map(async (key) => ({ ...key, keyId: (await toVaultKey(key)).id })),
  );
  return named.sort((a, b) => (a.keyId < b.keyId ? -1 : 1));
}

/** Whether there is an account, the account, then each key after its generation. */
function toBytes(keys: readonly RawVaultKey[], account: string | null): Uint8Array {
  const bytes = new Uint8Array(1 + ACCOUNT_BYTES + keys.length * ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  if (account !== null) {
    bytes[0] = 1;
    bytes.set(fromHex(account), 1);
  }
  for (const [index, { generation, bytes: key }] of keys.entries()) {
    const at = 1 + ACCOUNT_BYTES + index * ENTRY_BYTES;
    view.setUint32(at, Math.min(generation, MAX_KEY_GENERATION));
    bytes.set(key, at + 4);
  }
  return bytes;
}

function fromBytes(bytes: Uint8Array): UnwrappedKeys | null {
  const count = (bytes.length - 1 - ACCOUNT_BYTES) / ENTRY_BYTES;
  if (!Number.isInteger(count) || count < 1 || (bytes[0] ?? 0) > 1) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const keys = Array.from({ length: count }, (_, index) => {
    const at = 1 + ACCOUNT_BYTES + index * ENTRY_BYTES;
    return { generation: view.getUint32(at), bytes: bytes.slice(at + 4, at + ENTRY_BYTES) };
  });
  return { account: bytes[0] === 1 ? toHex(bytes.subarray(1, 1 + ACCOUNT_BYTES)) : null, keys };
}
