import { CloudError } from '../port/cloud-error.js';
import { zipRefused } from './zip-refused.js';

/** The bytes of a ZIP file, read piece by piece. */
export interface ZipBytes {
  readonly size: number;
  /** @throws CloudError `invalid` (`truncated`) beyond the end, `offline` when the file went */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** The bytes of a file that a person chose. */
export const zipBytes = (file: Blob): ZipBytes => ({
  size: file.size,
  read: async (at, length) => {
    if (at < 0 || at + length > file.size) throw zipRefused('truncated', 'a part of it is missing');
    let bytes: Uint8Array;
    try {
      bytes = new Uint8Array(await file.slice(at, at + length).arrayBuffer());
    } catch (cause) {
      throw unreadable(cause);
    }
    if (bytes.length !== length) throw unreadable(undefined);
    return bytes;
  },
});

/** A file on the disk may be removed or changed after it was chosen. */
const unreadable = (cause: unknown): CloudError =>
  new CloudError('offline', 'cloud-storage/zip: the file can no longer be read; choose it again', {
    cause,
  });
