import { FormatError } from '../errors/format-error.js';
import { MAX_JSON_BYTES } from '../format/limits.js';
import { canonicalJson } from '../json/canonical-json.js';
import { type VaultCodec } from './vault-codec.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Files a person can read: canonical JSON and a line break, so that concatenated segments are JSON Lines. */
export function jsonCodec(): VaultCodec {
  return {
    extension: 'json',
    encode: async (json) => encodeJson(json),
    decode: async (bytes) => decodeJson(bytes),
  };
}

/** Canonical JSON and a line break, as UTF-8. @throws FormatError `too-large`, `malformed` */
export function encodeJson(json: unknown): Uint8Array {
  const bytes = encoder.encode(`${canonicalJson(json)}\n`);
  checkSize(bytes.length);
  return bytes;
}

/** The value of UTF-8 JSON. @throws FormatError `too-large`, `malformed` */
export function decodeJson(bytes: Uint8Array): unknown {
  checkSize(bytes.length);
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    // The cause would quote what people wrote.
    throw new FormatError('malformed', 'core: the bytes are not UTF-8 JSON');
  }
}

/** Refuses more JSON than one file or segment may hold. @throws FormatError `too-large` */
export function checkSize(length: number): void {
  if (length > MAX_JSON_BYTES)
    throw new FormatError(
      'too-large',
      `core: ${length} bytes of JSON, at most ${MAX_JSON_BYTES} are allowed`,
    );
}
