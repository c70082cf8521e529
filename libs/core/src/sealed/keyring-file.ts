import { FormatError } from '../errors/format-error.js';
import { checkVersion } from '../format/read-version.js';
import { sha256Hex } from '../format/sha256.js';
import { canonicalJson } from '../json/canonical-json.js';
import {
  type JsonObject,
  malformed,
  ownField,
  readHex,
  readList,
  readObject,
  readText,
  readUuid,
} from '../json/read-json.js';
import { fromBase64, toBase64 } from '../model/base64.js';
import { COMMITMENT_BYTES, SALT_BYTES } from './committed-key.js';
import { fromHex, toHex } from './hex.js';
import { type Kdf, parseKdf } from './kdf.js';
import { readFields } from './read-fields.js';
import { type VaultSecret } from './secret.js';
import { KEY_ID_BYTES } from './vault-key.js';

/** Bytes of a keyring file. */
export const MAX_KEYRING_BYTES = 64 * 1024;
/** Keys in a keyring file. */
export const MAX_KEYS = 64;
/** Earlier files that a keyring file names. */
export const MAX_REPLACED = 256;

/** A file of the folder `keyring`: the id of its name, and its bytes. */
export interface KeyringFile {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** What a keyring file says without its secret. Who cannot open it has only its word for it. */
export interface KeyringEntry {
  readonly id: string;
  /** What kind of secret opens it. */
  readonly secret: VaultSecret['kind'];
  /** The vault keys in it, sorted. */
  readonly keyIds: readonly string[];
  /** Files that this one took the place of, sorted: they are to be removed, and never put back. */
  readonly replaces: readonly string[];
}

/** A keyring file taken apart. */
export interface ParsedKeyringFile extends KeyringEntry {
  readonly kdf: Kdf;
  readonly salt: Uint8Array;
  readonly commitment: Uint8Array;
  readonly wrapped: Uint8Array;
}

const HEADER = ['version', 'kind', 'id', 'secret', 'kdf', 'salt', 'keyIds', 'replaces'];
const FIELDS = [...HEADER, 'commitment', 'wrapped', 'digest'];

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** What the wrapping of keys is bound to: all that stands beside them. */
export const keyringHeader = (
  entry: Omit<ParsedKeyringFile, 'commitment' | 'wrapped'>,
): Uint8Array => encoder.encode(canonicalJson(headerToJson(entry)));

/** The file of an entry: canonical JSON with its own digest, and a line break. */
export async function formatKeyringFile(entry: ParsedKeyringFile): Promise<KeyringFile> {
  const json = {
    ...headerToJson(entry),
    commitment: toHex(entry.commitment),
    wrapped: toBase64(entry.wrapped),
  };
  const digest = await digestOf(json);
  return { id: entry.id, bytes: encoder.encode(`${canonicalJson({ ...json, digest })}\n`) };
}

/**
 * Takes a keyring file apart. @throws FormatError `malformed` (also for costs out of bounds), `digest-mismatch` (damaged), `too-large`,
 * `upgrade-required`
 */
export async function parseKeyringFile({ id, bytes }: KeyringFile): Promise<ParsedKeyringFile> {
  const object = readCanonical(bytes);
  checkVersion(object);
  readFields(object, 'keyring', FIELDS);
  if (ownField(object, 'kind') !== 'keyring') throw malformed('kind', '"keyring"');
  const { digest, ...rest } = object;
  if (readHex(digest, 'digest', 64) !== (await digestOf(rest)))
    throw new FormatError(
      'digest-mismatch',
      'core: a keyring file was altered since it was written',
    );
  if (readUuid(ownField(object, 'id'), 'id') !== id) throw malformed('id', 'the id of the name');
  return { id, ...readSecret(object), ...readLists(object), ...readWrapping(object) };
}

function headerToJson(entry: Omit<ParsedKeyringFile, 'commitment' | 'wrapped'>): JsonObject {
  const { id, secret, kdf, salt, keyIds, replaces } = entry;
  return { version: 1, kind: 'keyring', id, secret, kdf, salt: toHex(salt), keyIds, replaces };
}

const digestOf = (json: JsonObject): Promise<string> =>
  sha256Hex(encoder.encode(canonicalJson(json)));

/** An object whose bytes are its canonical JSON, so that no two readers see different things in it. */
function readCanonical(bytes: Uint8Array): JsonObject {
  if (bytes.length > MAX_KEYRING_BYTES)
    throw new FormatError('too-large', `core: a keyring file of ${bytes.length} bytes`);
  let text: string;
  let json: unknown;
  try {
    text = decoder.decode(bytes);
    json = JSON.parse(text);
  } catch {
    // The cause would quote the file.
    throw malformed('keyring', 'UTF-8 JSON');
  }
  const object = readObject(json, 'keyring');
  if (`${canonicalJson(object)}\n` !== text) throw malformed('keyring', 'canonical JSON');
  return object;
}

function readSecret(object: JsonObject): Pick<ParsedKeyringFile, 'secret' | 'kdf'> {
  const kdf = parseKdf(ownField(object, 'kdf'));
  const secret = ownField(object, 'secret');
  if (secret === 'passphrase' && kdf.name === 'argon2id') return { secret, kdf };
  if (secret === 'recovery' && kdf.name === 'hkdf-sha-256') return { secret, kdf };
  throw malformed('secret', 'a passphrase with argon2id, or a recovery code with hkdf-sha-256');
}

function readLists(object: JsonObject): Pick<ParsedKeyringFile, 'keyIds' | 'replaces'> {
  const readKeyId = (id: unknown, field: string) => readHex(id, field, 2 * KEY_ID_BYTES);
  const keyIds = readList(ownField(object, 'keyIds'), 'keyIds', readKeyId, MAX_KEYS);
  if (keyIds.length === 0) throw malformed('keyIds', 'a list of at least one key');
  const replaces = readList(ownField(object, 'replaces'), 'replaces', readUuid, MAX_REPLACED);
  for (const [field, list] of Object.entries({ keyIds, replaces }))
    if (!list.every((item, at) => at === 0 || (list[at - 1] ?? '') < item))
      throw malformed(field, 'sorted without repetition');
  return { keyIds, replaces };
}

function readWrapping(
  object: JsonObject,
): Pick<ParsedKeyringFile, 'salt' | 'commitment' | 'wrapped'> {
  const text = readText(ownField(object, 'wrapped'), 'wrapped', { max: MAX_KEYRING_BYTES });
  const wrapped = fromBase64(text);
  if (wrapped === null) throw malformed('wrapped', 'base64');
  return {
    salt: fromHex(readHex(ownField(object, 'salt'), 'salt', 2 * SALT_BYTES)),
    commitment: fromHex(
      readHex(ownField(object, 'commitment'), 'commitment', 2 * COMMITMENT_BYTES),
    ),
    wrapped,
  };
}
