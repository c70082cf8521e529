import {
  ERR_INVALID_UNCOMPRESSED_SIZE,
  Uint8ArrayWriter,
} from '@zip.js/zip.js/lib/zip-core-custom.js';
import { cutRange } from '../path/byte-range.js';
import { CloudError } from '../port/cloud-error.js';
import { type ByteRange } from '../port/cloud-storage.js';
import { STORED } from './find-vault.js';
import { type ZipBytes } from './zip-bytes.js';
import { HEADER_BYTES, type ZipEntry } from './zip-directory.js';
import { zipRefused } from './zip-refused.js';

/** What of a file is wanted. */
export interface ZipRead {
  readonly range: ByteRange | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * The bytes of a file, checked against its checksum; of a range of a stored file only that is read, and not checked.
 *
 * @throws CloudError `invalid` with a `ZipRefusal`, `offline`; the reason of the signal
 */
export const readZipEntry = async (
  zip: ZipBytes,
  entry: ZipEntry,
  { range, signal }: ZipRead,
): Promise<Uint8Array> => {
  if (range && entry.file.compressionMethod === STORED) return readStored(zip, entry, range);
  try {
    const bytes = await entry.file.getData(new Uint8ArrayWriter(), {
      checkCrc32: true,
      checkOverlappingEntry: true,
      useWebWorkers: false,
      ...(signal && { signal }),
    });
    return range ? cutRange(bytes, range) : bytes;
  } catch (cause) {
    if (signal?.aborted || cause instanceof CloudError) throw cause;
    throw (cause as Error).message === ERR_INVALID_UNCOMPRESSED_SIZE
      ? zipRefused('too-large', `"${entry.file.filename}" unpacks to more than it says`, { cause })
      : damaged(entry, 'is not what it was when it was packed', { cause });
  }
};

/** The library reads no part of a file, and a restore reads many parts of large ones. */
const readStored = async (
  zip: ZipBytes,
  entry: ZipEntry,
  range: ByteRange,
): Promise<Uint8Array> => {
  const { compressedSize } = entry.file;
  const header = await zip.readUint8Array(entry.start, HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const isHeader = header.length === HEADER_BYTES && view.getUint32(0, true) === 0x04034b50;
  if (!isHeader || view.getUint16(8, true) !== STORED) {
    throw damaged(entry, 'is not where the directory says');
  }
  const start = entry.start + HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  if (start + compressedSize > entry.end) throw damaged(entry, 'reaches into what follows it');
  const from = Math.min(range.offset, compressedSize);
  return zip.readUint8Array(start + from, Math.min(range.length, compressedSize - from));
};

const damaged = ({ file }: ZipEntry, what: string, options?: ErrorOptions): CloudError =>
  zipRefused('damaged', `"${file.filename}" ${what}`, {
    ...options,
    details: { entry: file.filename },
  });
