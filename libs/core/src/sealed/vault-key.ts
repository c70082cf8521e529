import { toHex } from './hex.js';
import { hkdf, importHkdfKey } from './hkdf.js';

/** Bytes of a vault key. */
export const VAULT_KEY_BYTES = 32;
/** Bytes of a key id. */
export const KEY_ID_BYTES = 16;
/** The greatest generation of a key. */
export const MAX_KEY_GENERATION = 0xffff_ffff;

/**
 * A key that seals an account's files, as an app may keep it on the device (IndexedDB stores it as it is): what it is made of cannot be
 * read back from it.
 */
export interface VaultKey {
  /** 32 hex digits, derived from the key. */
  readonly id: string;
  /** 0 for the first key, one more with each rotation. */
  readonly generation: number;
  /** Not extractable, for HKDF only. */
  readonly key: CryptoKey;
}

/** A vault key that can be wrapped for a secret. Whoever holds one fills `bytes` with zeros afterwards. */
export interface RawVaultKey {
  readonly generation: number;
  readonly bytes: Uint8Array;
}

/** The form that is kept after unlocking. */
export async function toVaultKey({ generation, bytes }: RawVaultKey): Promise<VaultKey> {
  const key = await importHkdfKey(bytes);
  const id = toHex(await hkdf(key, new Uint8Array(), 'chat-vault/1/key-id', KEY_ID_BYTES));
  return { id, generation, key };
}

/** The key that writes comes first: the newest generation, and of two that devices made at once the smaller id, so that all choose alike. */
export const compareVaultKeys = (a: VaultKey, b: VaultKey): number =>
  b.generation - a.generation || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
