import { isWellFormed } from '../json/text.js';
import { importHkdfKey } from './hkdf.js';
import { type Argon2Cost, type Kdf } from './kdf.js';
import { KeyringError } from './keyring-error.js';
import { formatRecoveryCode, parseRecoveryCode } from './recovery-code.js';
import { systemEnvironment } from './default-environment.js';

/** What opens a keyring: a passphrase that a person made up, or the recovery code that was shown once. */
export type VaultSecret =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'recovery'; readonly code: string };

/** UTF-16 units of a passphrase. */
export const MAX_PASSPHRASE_LENGTH = 1024;

/** A new recovery code of 256 random bits, for a person to write down. Nobody can find it out later. */
export function createRecoveryCode({
  random,
}: { readonly random: (length: number) => Uint8Array } = systemEnvironment): string {
  const secret = random(32);
  const code = formatRecoveryCode(secret);
  secret.fill(0);
  return code;
}

/** The bytes that a secret stands for. @throws KeyringError `unusable-passphrase`, `mistyped-code` */
export const secretBytes = (secret: VaultSecret): Uint8Array =>
  secret.kind === 'recovery' ? parseRecoveryCode(secret.code) : passphraseBytes(secret.passphrase);

/** The key of a secret under a KDF, for HKDF. @throws KeyringError `out-of-memory` */
export async function deriveSecretKey(
  bytes: Uint8Array,
  salt: Uint8Array,
  kdf: Kdf,
): Promise<CryptoKey> {
  if (kdf.name === 'hkdf-sha-256') return importHkdfKey(bytes);
  const derived = await deriveSlowly(bytes, salt, kdf);
  try {
    return await importHkdfKey(derived);
  } finally {
    derived.fill(0);
  }
}

async function deriveSlowly(
  bytes: Uint8Array,
  salt: Uint8Array,
  cost: Argon2Cost,
): Promise<Uint8Array> {
  const { argon2id } = await import('./argon2id.js');
  try {
    return await argon2id(bytes, salt, cost);
  } catch (cause) {
    // What WebAssembly throws when it gets no memory.
    if (!(cause instanceof RangeError)) throw cause;
    const mebibytes = Math.ceil(cost.memoryKiB / 1024);
    throw new KeyringError(
      'out-of-memory',
      `core: this device lacks the ${mebibytes} MiB of memory that the passphrase needs; close other apps, or use the recovery code`,
      { cause, details: { mebibytes } },
    );
  }
}

/** UTF-8 after NFKC: the same text typed on another keyboard gives the same bytes. Nothing is trimmed. */
function passphraseBytes(passphrase: string): Uint8Array {
  const text = passphrase.normalize('NFKC');
  if (text === '' || text.length > MAX_PASSPHRASE_LENGTH || !isWellFormed(text))
    throw new KeyringError(
      'unusable-passphrase',
      `core: a passphrase is a text of 1 to ${MAX_PASSPHRASE_LENGTH} characters`,
    );
  return new TextEncoder().encode(text);
}
