const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of bytes that are valid UTF-8, else `null`. A byte order mark is kept. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null; // not UTF-8: an ordinary case for payloads
  }
}

/** UTF-8. */
export const bytesOfText = (text: string): Uint8Array => encoder.encode(text);

interface NativeBase64 {
  toBase64?(): string;
}

/** Standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  const native = (bytes as NativeBase64).toBase64;
  if (native) return native.call(bytes);
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x8000)
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}

/** The bytes of standard base64. @throws when the text is not base64 */
export function fromBase64(text: string): Uint8Array {
  const native = (Uint8Array as { fromBase64?(text: string): Uint8Array }).fromBase64;
  if (native) return native(text);
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
