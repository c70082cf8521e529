const encoder = new TextEncoder();

/** A key from which others are derived; its bytes cannot be had back from it. */
export const importHkdfKey = (bytes: Uint8Array): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes as Uint8Array<ArrayBuffer>, 'HKDF', false, ['deriveBits']);

/** HKDF-SHA-256 (RFC 5869): so many bytes for one purpose. */
export async function hkdf(
  key: CryptoKey,
  salt: Uint8Array,
  info: string,
  length: number,
): Promise<Uint8Array> {
  const algorithm = {
    name: 'HKDF',
    hash: 'SHA-256',
    salt: salt as Uint8Array<ArrayBuffer>,
    info: encoder.encode(info),
  };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 8 * length));
}
