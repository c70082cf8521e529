import { Reader } from '@zip.js/zip.js/lib/zip-core-custom.js';
import { CloudError } from '../port/cloud-error.js';
import { zipRefused } from './zip-refused.js';

/** Only the directory is read in one piece, and one of a vault is smaller. */
const MAX_PIECE_BYTES = 128 * 1024 * 1024;

/** The bytes of a file that a person chose, read piece by piece. */
export class ZipBytes extends Reader<Blob> {
  readonly #file: Blob;

  constructor(file: Blob) {
    super(file);
    this.#file = file;
    this.size = file.size;
  }

  /**
   * As many of the bytes as there are.
   *
   * @throws CloudError `invalid` (`too-large`), `offline` when the file went
   */
  override async readUint8Array(at: number, length: number): Promise<Uint8Array> {
    const wanted = Math.max(0, Math.min(length, this.size - at));
    if (wanted > MAX_PIECE_BYTES) throw zipRefused('too-large', 'there are too many files in it');
    let bytes: Uint8Array;
    try {
      bytes = new Uint8Array(await this.#file.slice(at, at + wanted).arrayBuffer());
    } catch (cause) {
      throw unreadable(cause);
    }
    if (bytes.length !== wanted) throw unreadable(undefined);
    return bytes;
  }
}

/** A file on the disk may be removed or changed after it was chosen. */
const unreadable = (cause: unknown): CloudError =>
  new CloudError('offline', 'cloud-storage/zip: the file can no longer be read; choose it again', {
    cause,
  });
