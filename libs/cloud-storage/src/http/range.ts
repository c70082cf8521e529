import { CloudError } from '../port/cloud-error.js';
import { type ByteRange } from '../port/cloud-storage.js';
import { cutRange } from '../path/byte-range.js';
import { type HttpAnswer } from './http-client.js';
import { senseless } from './senseless.js';

/** The header that asks for a part: at least one byte, as HTTP cannot ask for none; nothing without a range. */
export const rangeHeader = (range: ByteRange | undefined): Readonly<Record<string, string>> =>
  range ? { Range: `bytes=${range.offset}-${range.offset + Math.max(range.length, 1) - 1}` } : {};

/** What a body is checked against. */
export interface ExpectedBody {
  /** For messages, for example `dropbox: download "a/b"`. */
  readonly task: string;
  readonly range: ByteRange | undefined;
  /** Bytes of the whole file as the service tells them elsewhere; `undefined` when it does not. */
  readonly size: number | undefined;
}

/**
 * The bytes asked for, from an answer of status 200, 206 or 416: a server that ignores ranges is cut to size.
 *
 * @throws CloudError `invalid` for another part than asked for, `unavailable` when there are fewer bytes than the file has
 */
export const takeBody = (answer: HttpAnswer, expected: ExpectedBody): Uint8Array => {
  const { task, range } = expected;
  // 416 Range Not Satisfiable: the range begins at the end or behind it.
  if (answer.status === 416) return new Uint8Array();
  if (!range || answer.status !== 206) {
    if (answer.status === 206 || answer.bytes.length > (expected.size ?? Infinity)) {
      throw senseless(task, OTHER_PART);
    }
    throwIfShort(task, answer.bytes, expected.size);
    return cutRange(answer.bytes, range);
  }
  // The header is not always shown to a page.
  const told = /^bytes (\d+)-\d+\/(\d+)?/.exec(answer.headers.get('Content-Range') ?? '');
  const asked = Math.max(range.length, 1);
  if (told && Number(told[1]) !== range.offset) throw senseless(task, OTHER_PART);
  // More than asked for is cut, once sure where it begins.
  if (!told && answer.bytes.length > asked) throw senseless(task, OTHER_PART);
  const size = expected.size ?? (told?.[2] === undefined ? undefined : Number(told[2]));
  throwIfShort(task, answer.bytes, size && Math.min(asked, Math.max(0, size - range.offset)));
  return answer.bytes.subarray(0, range.length);
};

const throwIfShort = (task: string, bytes: Uint8Array, wanted: number | undefined): void => {
  if (wanted === undefined || bytes.length >= wanted) return;
  throw new CloudError(
    'unavailable',
    `cloud-storage/${task}: only ${bytes.length} of ${wanted} bytes came`,
  );
};

const OTHER_PART = 'it is another part than was asked for';
