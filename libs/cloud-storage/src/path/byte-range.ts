import { CloudError } from '../port/cloud-error.js';
import { type ByteRange } from '../port/cloud-storage.js';

/**
 * The range itself when it is whole numbers from 0 up.
 *
 * @throws CloudError `invalid`
 */
export const parseRange = (range: ByteRange): ByteRange => {
  if (![range.offset, range.length].every((value) => Number.isSafeInteger(value) && value >= 0)) {
    throw new CloudError(
      'invalid',
      `cloud-storage: a range of ${range.length} bytes from ${range.offset} does not exist; both are whole numbers from 0 up`,
      { details: { range } },
    );
  }
  return range;
};

/** A copy of the part of the bytes; beyond the end there is nothing. */
export const cutRange = (bytes: Uint8Array, range: ByteRange | undefined): Uint8Array =>
  range === undefined ? bytes.slice() : bytes.slice(range.offset, range.offset + range.length);
