import { concatBytes } from '../codec/concat-bytes.js';
import { type CodecContext } from '../codec/vault-codec.js';
import { FormatError } from '../errors/format-error.js';
import { FORMAT_VERSION, MAX_JSON_BYTES } from '../format/limits.js';
import {
  COMMITMENT_BYTES,
  deriveCommittedKey,
  isCommitted,
  openOnce,
  SALT_BYTES,
  sealOnce,
  TAG_BYTES,
} from './committed-key.js';
import { fromHex, toHex } from './hex.js';
import { pad, padmeLength, unpad } from './padme.js';
import { KEY_ID_BYTES, type VaultKey } from './vault-key.js';

const encoder = new TextEncoder();

const MAGIC = encoder.encode('CVE1');
/** HKDF-SHA-256, AES-256-GCM with a nonce of zeros, Padmé. */
const SUITE = 1;

const KEY_ID_AT = MAGIC.length + 1;
const SALT_AT = KEY_ID_AT + KEY_ID_BYTES;
const COMMITMENT_AT = SALT_AT + SALT_BYTES;
const LENGTH_AT = COMMITMENT_AT + COMMITMENT_BYTES;
/** Bytes before the ciphertext. */
export const HEADER_BYTES = LENGTH_AT + 4;

const MIN_CIPHERTEXT_BYTES = padmeLength(4) + TAG_BYTES;
const MAX_CIPHERTEXT_BYTES = padmeLength(4 + MAX_JSON_BYTES) + TAG_BYTES;

/** An envelope that is whole; whether it is genuine shows when it is opened. */
export interface Envelope {
  readonly keyId: string;
  readonly header: Uint8Array;
  readonly salt: Uint8Array;
  readonly commitment: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** Seals content for one place (docs/vault-format.md, "Envelope"). The salt must be fresh. */
export async function sealEnvelope(
  content: Uint8Array,
  context: CodecContext,
  { key: { id, key }, salt }: { readonly key: VaultKey; readonly salt: Uint8Array },
): Promise<Uint8Array> {
  const plaintext = pad(content);
  const committed = await deriveCommittedKey(key, salt, infoOf(context));
  const header = new Uint8Array(HEADER_BYTES);
  header.set(MAGIC);
  header[MAGIC.length] = SUITE;
  header.set(fromHex(id), KEY_ID_AT);
  header.set(salt, SALT_AT);
  header.set(committed.commitment, COMMITMENT_AT);
  new DataView(header.buffer).setUint32(LENGTH_AT, plaintext.length + TAG_BYTES);
  const additionalData = additionalDataOf(header, context);
  return concatBytes([header, await sealOnce(committed, plaintext, additionalData)]);
}

/** The key that the beginning of an envelope names; `undefined` when it is none of this version. */
export function keyIdOf(beginning: Uint8Array): string | undefined {
  const isOurs =
    MAGIC.every((byte, index) => byte === beginning[index]) &&
    beginning[MAGIC.length] === SUITE &&
    beginning.length >= SALT_AT;
  return isOurs ? toHex(beginning.subarray(KEY_ID_AT, SALT_AT)) : undefined;
}

/** Takes an envelope apart. @throws FormatError `unsealed`, `malformed`, `too-large`, `upgrade-required` */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  checkMagic(bytes);
  if (bytes.length < HEADER_BYTES + MIN_CIPHERTEXT_BYTES) throw notWhole();
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(LENGTH_AT);
  if (length > MAX_CIPHERTEXT_BYTES)
    throw new FormatError('too-large', `core: a sealed file or segment of ${length} bytes`);
  if (bytes.length !== HEADER_BYTES + length) throw notWhole();
  return {
    keyId: toHex(bytes.subarray(KEY_ID_AT, SALT_AT)),
    header: bytes.subarray(0, HEADER_BYTES),
    salt: bytes.subarray(SALT_AT, COMMITMENT_AT),
    commitment: bytes.subarray(COMMITMENT_AT, LENGTH_AT),
    ciphertext: bytes.subarray(HEADER_BYTES),
  };
}

/**
 * What was sealed for this place with this key. @throws FormatError `not-authentic` when anything differs from what a holder of the key
 * wrote for this kind of file (and month), `malformed`
 */
export async function openEnvelope(
  envelope: Envelope,
  context: CodecContext,
  { key }: VaultKey,
): Promise<Uint8Array> {
  const committed = await deriveCommittedKey(key, envelope.salt, infoOf(context));
  if (!isCommitted(committed, envelope.commitment)) throw notAuthentic(context);
  const additionalData = additionalDataOf(envelope.header, context);
  const plaintext = await openOnce(committed, envelope.ciphertext, additionalData);
  if (plaintext === null) throw notAuthentic(context);
  return unpad(plaintext);
}

const infoOf = ({ kind }: CodecContext): string => `chat-vault/${FORMAT_VERSION}/${kind}`;

/** Header, version of the format, then kind and month, each after its length. */
function additionalDataOf(header: Uint8Array, context: CodecContext): Uint8Array {
  const kind = encoder.encode(context.kind);
  const partition = encoder.encode(partitionOf(context));
  return concatBytes([
    header,
    Uint8Array.of(FORMAT_VERSION, kind.length),
    kind,
    Uint8Array.of(partition.length),
    partition,
  ]);
}

function partitionOf({ kind, partition }: CodecContext): string {
  if (kind !== 'segment' && kind !== 'entities') return '';
  if (partition === undefined) throw new TypeError(`core: ${kind} without month or name`);
  return partition;
}

function checkMagic(bytes: Uint8Array): void {
  const isOurs = MAGIC.subarray(0, 3).every((byte, at) => bytes[at] === byte);
  if (!isOurs && isPlain(bytes))
    throw new FormatError('unsealed', 'core: the bytes are not encrypted, and must be');
  if (!isOurs || bytes.length <= MAGIC.length) throw notWhole();
  if (bytes[3] !== MAGIC[3] || bytes[MAGIC.length] !== SUITE)
    throw new FormatError(
      'upgrade-required',
      'core: encrypted in a way that this version does not know; update the app',
    );
}

/** Whether the bytes begin as gzip or as a JSON object. */
const isPlain = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0x1f && bytes[1] === 0x8b) || bytes[0] === 0x7b;

const notWhole = (): FormatError =>
  new FormatError('malformed', 'core: the bytes are not one whole envelope');

const notAuthentic = ({ kind }: CodecContext): FormatError =>
  new FormatError(
    'not-authentic',
    `core: the bytes are not what a device with the key wrote as this ${kind}; they were damaged, moved or forged`,
  );
