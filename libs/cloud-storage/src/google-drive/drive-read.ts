import { type HttpAnswer } from '../http/http-client.js';
import { rangeHeader } from '../http/range.js';
import { cutRange } from '../path/byte-range.js';
import { type ByteRange } from '../port/cloud-storage.js';
import { type Caller, type DriveApi } from './drive-api.js';
import { type DriveEntry } from './drive-entry.js';
import { driveFailure } from './drive-error.js';

/** Where the copies of a file may be. */
export interface Copies {
  /** As they were known before; they may be gone, or changed by somebody. */
  readonly known: readonly DriveEntry[];
  /** As they are now. */
  readonly find: () => Promise<readonly DriveEntry[]>;
}

/**
 * The bytes of the first copy that can be read whole, of those known, else of those found. Copies that are gone, that Google will not
 * give out, or that arrive cut short make way for the next.
 *
 * @throws CloudError
 */
export const readBest = async (
  api: DriveApi,
  { known, find }: Copies,
  range: ByteRange | undefined,
  caller: Caller,
): Promise<Uint8Array> => {
  let failure;
  for (const look of [() => known, find]) {
    failure = driveFailure('not-found', `${caller.task}: it is not there`);
    for (const { id, size = 0 } of await look()) {
      const answer = await api.send({
        ...caller,
        url: `/drive/v3/files/${id}`,
        query: { alt: 'media' },
        headers: rangeHeader(range),
      });
      const { status } = answer;
      if (status === 200 || status === 206 || status === 416) {
        const bytes = partOf(answer, range, size);
        if (bytes) return bytes;
        failure = api.unavailable(caller, 'it came cut short');
      } else if (status !== 404) {
        failure = api.failure(caller, answer);
        if (failure.code !== 'forbidden') throw failure;
      }
    }
  }
  throw failure;
};

/** The bytes that were asked for; `undefined` when others, or not all of them, came. The header is not always shown to a page. */
const partOf = (
  { status, headers, bytes }: HttpAnswer,
  range: ByteRange | undefined,
  size: number,
): Uint8Array | undefined => {
  if (status === 200) return bytes.length === size ? cutRange(bytes, range) : undefined;
  if (!range) return undefined;
  const begin = `bytes ${range.offset}-`;
  const told = headers.get('Content-Range') ?? begin;
  if (status === 206 && !told.startsWith(begin)) return undefined;
  // 416 Range Not Satisfiable: the range begins at the end or behind it.
  const part = status === 416 ? new Uint8Array() : bytes.subarray(0, range.length);
  const wanted = Math.max(0, Math.min(range.length, size - range.offset));
  return part.length === wanted ? part : undefined;
};
