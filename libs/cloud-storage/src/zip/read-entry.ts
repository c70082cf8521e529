import { type ByteRange } from '../port/cloud-storage.js';
import { cutRange } from '../path/byte-range.js';
import { crc32 } from './crc32.js';
import { type ZipBytes } from './zip-bytes.js';
import { pumpThrough } from './raw-deflate.js';
import { type ZipEntry } from './zip-directory.js';
import { LENGTH, METHOD, SIGNATURE } from './zip-format.js';
import { zipRefused } from './zip-refused.js';

/**
 * The bytes of a file, checked against its checksum; of a range of a stored file only that is read, and not checked.
 *
 * @throws CloudError `invalid` with a `ZipRefusal`
 */
export const readZipEntry = async (
  zip: ZipBytes,
  entry: ZipEntry,
  range?: ByteRange,
): Promise<Uint8Array> => {
  const start = await findContent(zip, entry);
  if (entry.method === METHOD.stored && range) {
    const from = Math.min(range.offset, entry.size);
    return zip.read(start + from, Math.min(range.length, entry.size - from));
  }
  const compressed = await zip.read(start, entry.compressedSize);
  const bytes = entry.method === METHOD.stored ? compressed : await inflate(compressed, entry);
  if (crc32(bytes) !== entry.crc) throw damaged(entry, 'is not what it was when it was packed');
  return range ? cutRange(bytes, range) : bytes;
};

async function findContent(zip: ZipBytes, entry: ZipEntry): Promise<number> {
  const header = new DataView((await zip.read(entry.offset, LENGTH.file)).buffer);
  const isHeader =
    header.getUint32(0, true) === SIGNATURE.file && header.getUint16(8, true) === entry.method;
  if (!isHeader) throw damaged(entry, 'is not where the directory says');
  const start =
    entry.offset + LENGTH.file + header.getUint16(26, true) + header.getUint16(28, true);
  if (start + entry.compressedSize > entry.end)
    throw damaged(entry, 'reaches into what follows it');
  return start;
}

async function inflate(compressed: Uint8Array, entry: ZipEntry): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await pumpThrough(new DecompressionStream('deflate-raw'), compressed, entry.size);
  } catch (cause) {
    throw damaged(entry, 'cannot be unpacked', { cause });
  }
  if (bytes?.length === entry.size) return bytes;
  if (bytes) throw damaged(entry, 'unpacks to less than it says');
  throw zipRefused('too-large', `"${entry.name}" unpacks to more than it says`);
}

const damaged = (entry: ZipEntry, what: string, options?: ErrorOptions) =>
  zipRefused('damaged', `"${entry.name}" ${what}`, { ...options, details: { entry: entry.name } });
