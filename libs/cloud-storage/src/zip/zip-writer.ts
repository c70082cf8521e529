import { crc32 } from './crc32.js';
import { pumpThrough } from './raw-deflate.js';
import { FLAG, METHOD, pack, SIGNATURE, TOO_BIG, toDosTime, ZIP64_FIELD } from './zip-format.js';

/** What is to be written of one file. */
export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Unix ms. */
  readonly modifiedMs: number;
}

const VERSION_NEEDED = 45;
const FROM_UNIX = 3 << 8;
const ORDINARY_FILE = 0o100644 * 0x10000;

/**
 * The bytes of a ZIP file, one file after the other, of any number and size. Files that are compressed already are kept as they are.
 * Sizes and checksums stand before each file, so that it can also be read from the front.
 */
export class ZipWriter {
  readonly #directory: Uint8Array[] = [];
  #count = 0;
  #offset: number;

  /** `offset` is how many bytes stand before the first file. */
  constructor(offset = 0) {
    this.#offset = offset;
  }

  /** Adds a file; gives what to write. */
  async add({ name, bytes, modifiedMs }: ZipFile): Promise<readonly Uint8Array[]> {
    const packed = name.endsWith('.json') ? await deflate(bytes) : undefined;
    const content = packed ?? bytes;
    const encoded = new TextEncoder().encode(name);
    const [time, date] = toDosTime(modifiedMs);
    const facts = [
      [2, VERSION_NEEDED],
      [2, FLAG.utf8],
      [2, packed ? METHOD.deflated : METHOD.stored],
      [2, time],
      [2, date],
      [4, crc32(bytes)],
      [4, content.length],
      [4, bytes.length],
      [2, encoded.length],
    ] as const;
    const header = pack([4, SIGNATURE.file], ...facts, [2, 0]);
    const isFar = this.#offset >= TOO_BIG.bytes4;
    const far = isFar ? pack([2, ZIP64_FIELD], [2, 8], [8, this.#offset]) : new Uint8Array();
    this.#directory.push(
      pack(
        [4, SIGNATURE.directoryEntry],
        [2, FROM_UNIX | VERSION_NEEDED],
        ...facts,
        [2, far.length],
        [2, 0],
        [2, 0],
        [2, 0],
        [4, ORDINARY_FILE],
        [4, isFar ? TOO_BIG.bytes4 : this.#offset],
      ),
      encoded,
      far,
    );
    this.#count += 1;
    this.#offset += header.length + encoded.length + content.length;
    return [header, encoded, content];
  }

  /** Ends the file; gives what to write. */
  end(): readonly Uint8Array[] {
    const start = this.#offset;
    const size = this.#directory.reduce((length, part) => length + part.length, 0);
    const count = this.#count;
    const isLarge = count >= TOO_BIG.bytes2 || size >= TOO_BIG.bytes4 || start >= TOO_BIG.bytes4;
    const end64 = pack(
      [4, SIGNATURE.end64],
      [8, 44],
      [2, FROM_UNIX | VERSION_NEEDED],
      [2, VERSION_NEEDED],
      [4, 0],
      [4, 0],
      [8, count],
      [8, count],
      [8, size],
      [8, start],
    );
    const locator = pack([4, SIGNATURE.end64Locator], [4, 0], [8, start + size], [4, 1]);
    const shownCount = Math.min(count, TOO_BIG.bytes2);
    const end = pack(
      [4, SIGNATURE.end],
      [2, 0],
      [2, 0],
      [2, shownCount],
      [2, shownCount],
      [4, Math.min(size, TOO_BIG.bytes4)],
      [4, Math.min(start, TOO_BIG.bytes4)],
      [2, 0],
    );
    return [...this.#directory, ...(isLarge ? [end64, locator] : []), end];
  }
}

/** The bytes when that makes them fewer. */
const deflate = async (bytes: Uint8Array): Promise<Uint8Array | undefined> => {
  try {
    return await pumpThrough(new CompressionStream('deflate-raw'), bytes, bytes.length);
  } catch {
    return undefined; // a browser without this method: larger, and as good
  }
};
