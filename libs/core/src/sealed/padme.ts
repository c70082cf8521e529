import { malformed } from '../json/read-json.js';

/**
 * The length to which so many bytes are padded: at most 12 % more, so that a size tells only its magnitude and a few leading bits.
 * Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs" (2019), Padmé.
 */
export function padmeLength(length: number): number {
  if (length < 2) return length;
  const exponent = Math.floor(Math.log2(length));
  const zeroBits = exponent - (Math.floor(Math.log2(exponent)) + 1);
  if (zeroBits <= 0) return length;
  const step = 2 ** zeroBits;
  return Math.ceil(length / step) * step;
}

/** Its length in 4 bytes, the content, then zeros up to the padded length. */
export function pad(content: Uint8Array): Uint8Array {
  const padded = new Uint8Array(padmeLength(4 + content.length));
  new DataView(padded.buffer).setUint32(0, content.length);
  padded.set(content, 4);
  return padded;
}

/** The content of padded bytes. @throws FormatError `malformed` for any other length or padding than `pad` writes */
export function unpad(padded: Uint8Array): Uint8Array {
  if (padded.length < 4) throw malformed('padding', 'what the format writes');
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  const end = 4 + length;
  const isPadding = end <= padded.length && padded.subarray(end).every((byte) => byte === 0);
  if (!isPadding || padmeLength(end) !== padded.length)
    throw malformed('padding', 'what the format writes');
  return padded.subarray(4, end);
}
