/** Characters per call: far below the number of arguments that an engine takes. */
const CHUNK = 0x2000;

/** Standard base64 with padding (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  const native = (bytes as { toBase64?(): string }).toBase64;
  if (native) return native.call(bytes);
  let binary = '';
  for (let at = 0; at < bytes.length; at += CHUNK)
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(binary);
}

/** The bytes of base64 exactly as `toBase64` writes it, `null` for any other text: all platforms accept the same files. */
export function fromBase64(text: string): Uint8Array | null {
  try {
    const bytes = decode(text);
    return toBase64(bytes) === text ? bytes : null;
  } catch {
    return null; // both decoders throw for what is not base64
  }
}

function decode(text: string): Uint8Array {
  const native = (Uint8Array as { fromBase64?(text: string): Uint8Array }).fromBase64;
  if (native) return native.call(Uint8Array, text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
