import { CloudError } from '../port/cloud-error.js';

const BLOCK_BYTES = 4 * 1024 * 1024;

/**
 * Dropbox's `content_hash` in lower-case hexadecimal: SHA-256 of the SHA-256 hashes of each block of 4 MiB (Dropbox developer reference,
 * "Content hash").
 *
 * @throws CloudError `invalid` in a page that is not served by https, where browsers have no hashes
 */
export const contentHash = async (bytes: Uint8Array): Promise<string> => {
  const { subtle } = globalThis.crypto;
  if (!subtle) {
    throw new CloudError('invalid', 'cloud-storage/dropbox: the page must be served by https');
  }
  const hash = (part: Uint8Array) => subtle.digest('SHA-256', part as Uint8Array<ArrayBuffer>);
  const count = Math.ceil(bytes.length / BLOCK_BYTES);
  const blocks = Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES),
  );
  const hashes = await Promise.all(blocks.map(hash));
  const joined = new Uint8Array(await new Blob(hashes).arrayBuffer());
  return Array.from(new Uint8Array(await hash(joined)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
};
