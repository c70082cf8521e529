/** Whether the text has no lone surrogates, so that it is the same after UTF-8 and back. */
export function isWellFormed(text: string): boolean {
  const native = (text as { isWellFormed?(): boolean }).isWellFormed;
  if (native) return native.call(text);
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

/** Orders texts by UTF-16 code units, as the format does everywhere. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** How many bytes of UTF-8 JSON the text becomes, quotes included. */
export function jsonTextBytes(text: string): number {
  let bytes = 2;
  for (let index = 0; index < text.length; index++) bytes += jsonUnitBytes(text.charCodeAt(index));
  return bytes;
}

/** Bytes of JSON of one UTF-16 unit: short and long escapes, then the UTF-8 forms (a surrogate is half of four). */
function jsonUnitBytes(unit: number): number {
  if (unit < 0x80) return jsonAsciiBytes(unit);
  if (unit < 0x800) return 2;
  return unit >= 0xd800 && unit < 0xe000 ? 2 : 3;
}

/** Bytes of JSON of one ASCII character (RFC 8259, section 7). */
export function jsonAsciiBytes(code: number): number {
  if (code >= 0x20) return code === 0x22 || code === 0x5c ? 2 : 1;
  const hasShortEscape = code >= 8 && code <= 13 && code !== 11;
  return hasShortEscape ? 2 : 6;
}
