import { MAX_PAYLOAD_BYTES } from '../format/limits.js';
import { type JsonObject, malformed, ownField } from '../json/read-json.js';
import { isWellFormed } from '../json/text.js';
import { fromBase64 } from './base64.js';
import { bytesOfText } from './utf8-payload.js';

/** Characters of base64 that the largest payload needs. */
const MAX_BASE64 = 4 * Math.ceil(MAX_PAYLOAD_BYTES / 3);

/** A copy of bytes that an app handed over. @throws FormatError */
export function copyPayload(value: unknown): Uint8Array {
  if (!isByteArray(value)) throw malformed('payloadBytes', 'a Uint8Array');
  // Not slice(): a Node Buffer shares its memory with its slices.
  return limited(value.length > MAX_PAYLOAD_BYTES ? value : new Uint8Array(value));
}

/** The payload of a message in JSON: text, base64, or (in old files) a list of numbers or an object of index → number. @throws FormatError */
export function readPayload(object: JsonObject): Uint8Array {
  const text = ownField(object, 'payloadText');
  const payload = ownField(object, 'payloadBytes');
  if (text === undefined) return limited(readPayloadBytes(payload));
  if (payload !== undefined) throw malformed('payloadBytes', 'absent beside "payloadText"');
  return limited(bytesOfText(readPayloadText(text)));
}

function readPayloadBytes(payload: unknown): Uint8Array {
  if (typeof payload === 'string') return readBase64(payload);
  if (Array.isArray(payload)) return readNumbers(payload);
  if (typeof payload === 'object' && payload !== null) return readNumbers(inOrder(payload));
  throw malformed('payloadBytes', 'a payload');
}

/** Any well-formed text, U+0000 included: a payload is the app's own. */
function readPayloadText(text: unknown): string {
  if (typeof text !== 'string' || !isWellFormed(text))
    throw malformed('payloadText', 'a text without lone surrogates');
  if (text.length > MAX_PAYLOAD_BYTES)
    throw malformed('payloadText', `at most ${MAX_PAYLOAD_BYTES} bytes`);
  return text;
}

function readBase64(text: string): Uint8Array {
  const bytes = text.length > MAX_BASE64 ? null : fromBase64(text);
  if (bytes === null) throw malformed('payloadBytes', 'base64 of a payload within the limit');
  return bytes;
}

function readNumbers(numbers: readonly unknown[]): Uint8Array {
  if (numbers.length > MAX_PAYLOAD_BYTES)
    throw malformed('payloadBytes', 'a payload within the limit');
  const bytes = new Uint8Array(numbers.length);
  let at = 0;
  for (const number of numbers) {
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > 255)
      throw malformed('payloadBytes', 'a list of bytes');
    bytes[at++] = number;
  }
  return bytes;
}

/** The values of `{"0": 72, "1": 105}`; integer keys come in ascending order. */
function inOrder(payload: object): readonly unknown[] {
  return Object.entries(payload).map(([key, value], index) => {
    if (key !== String(index)) throw malformed('payloadBytes', 'a list of bytes');
    return value;
  });
}

/** Also one of another realm, such as a frame. */
const isByteArray = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) &&
  (value as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag] === 'Uint8Array';

function limited(bytes: Uint8Array): Uint8Array {
  if (bytes.length > MAX_PAYLOAD_BYTES)
    throw malformed('payloadBytes', `at most ${MAX_PAYLOAD_BYTES} bytes`);
  return bytes;
}
