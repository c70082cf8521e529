/** Up to this length a loop beats the fixed cost of a call to the platform's coder. */
const SHORT = 256;

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

/** UTF-8 of a text without lone surrogates. */
export function bytesOfText(text: string): Uint8Array {
  return (text.length <= SHORT ? asciiBytes(text) : null) ?? encoder.encode(text);
}

function asciiBytes(text: string): Uint8Array | null {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x80) return null;
    bytes[index] = unit;
  }
  return bytes;
}
