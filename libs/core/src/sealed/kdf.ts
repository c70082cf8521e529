import { type JsonObject, malformed, ownField, readCount, readObject } from '../json/read-json.js';
import { readFields } from './read-fields.js';

/** What trying one passphrase costs: memory, rounds over it, and how many at once (RFC 9106: m, t, p). */
export interface Argon2Cost {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}

/** How the bytes of a secret become a key: slowly for what a person made up, at once for 256 random bits. */
export type Kdf = (Argon2Cost & { readonly name: 'argon2id' }) | { readonly name: 'hkdf-sha-256' };

/** What new keyring files ask for: 64 MiB, 3 passes, 1 lane. */
export const PASSPHRASE_COST: Argon2Cost = { memoryKiB: 64 * 1024, passes: 3, lanes: 1 };

/** What a reader accepts. Less would be a gift to who guesses; more would let a planted file stop the device. */
const BOUNDS = {
  memoryKiB: { min: 19 * 1024, max: 1024 * 1024 },
  passes: { min: 1, max: 10 },
  lanes: { min: 1, max: 4 },
} as const;

/** Reads a KDF with parameters within the bounds of the format. @throws FormatError `malformed` */
export function parseKdf(value: unknown): Kdf {
  const object = readObject(value, 'kdf');
  const name = ownField(object, 'name');
  if (name === 'hkdf-sha-256') {
    readFields(object, 'kdf', ['name']);
    return { name };
  }
  if (name !== 'argon2id') throw malformed('kdf.name', 'argon2id or hkdf-sha-256');
  readFields(object, 'kdf', ['name', 'memoryKiB', 'passes', 'lanes']);
  return {
    name,
    memoryKiB: readBounded(object, 'memoryKiB'),
    passes: readBounded(object, 'passes'),
    lanes: readBounded(object, 'lanes'),
  };
}

function readBounded(object: JsonObject, field: keyof typeof BOUNDS): number {
  const { min, max } = BOUNDS[field];
  const value = readCount(ownField(object, field), `kdf.${field}`);
  if (value < min || value > max) throw malformed(`kdf.${field}`, `between ${min} and ${max}`);
  return value;
}
