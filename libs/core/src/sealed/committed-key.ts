import { equalBytes } from './equal-bytes.js';
import { hkdf } from './hkdf.js';

/** Bytes of a salt. */
export const SALT_BYTES = 32;
/** Bytes of a commitment. */
export const COMMITMENT_BYTES = 32;
/** Bytes that AES-GCM adds. */
export const TAG_BYTES = 16;

/** Each key seals once, so the nonce may be the same everywhere. */
const NONCE = new Uint8Array(12);

/** A key for one sealing, and what proves later that this key was meant: AES-GCM alone does not, one ciphertext can open under two keys. */
export interface CommittedKey {
  readonly key: CryptoKey;
  readonly commitment: Uint8Array;
}

/** Key and commitment of one salt and purpose: the two halves of 64 bytes of HKDF. */
export async function deriveCommittedKey(
  from: CryptoKey,
  salt: Uint8Array,
  info: string,
): Promise<CommittedKey> {
  const bits = await hkdf(from, salt, info, 32 + COMMITMENT_BYTES);
  const raw = bits.subarray(0, 32) as Uint8Array<ArrayBuffer>;
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const commitment = bits.slice(32);
  bits.fill(0);
  return { key, commitment };
}

/** AES-256-GCM; the key must be fresh. */
export async function sealOnce(
  { key }: CommittedKey,
  plaintext: Uint8Array,
  additionalData: Uint8Array,
): Promise<Uint8Array> {
  const bytes = plaintext as Uint8Array<ArrayBuffer>;
  return new Uint8Array(await crypto.subtle.encrypt(algorithm(additionalData), key, bytes));
}

/** Whether it is this key that was committed to. Ask before opening: who sends ciphertexts must not learn which keys open them. */
export const isCommitted = ({ commitment }: CommittedKey, expected: Uint8Array): boolean =>
  equalBytes(commitment, expected);

/** What was sealed; `null` when ciphertext or additional data are not as they were. */
export async function openOnce(
  { key }: CommittedKey,
  ciphertext: Uint8Array,
  additionalData: Uint8Array,
): Promise<Uint8Array | null> {
  try {
    const bytes = ciphertext as Uint8Array<ArrayBuffer>;
    return new Uint8Array(await crypto.subtle.decrypt(algorithm(additionalData), key, bytes));
  } catch (error) {
    // What WebCrypto throws when the tag is wrong; it says no more than that. Its class may be that of another realm (jsdom).
    if (nameOf(error) === 'OperationError') return null;
    throw error;
  }
}

const nameOf = (error: unknown): unknown => (error as { readonly name?: unknown } | null)?.name;

const algorithm = (additionalData: Uint8Array) => ({
  name: 'AES-GCM',
  iv: NONCE,
  additionalData: additionalData as Uint8Array<ArrayBuffer>,
});
