import {
  type Entry,
  ERR_AMBIGUOUS_ARCHIVE,
  ERR_BAD_FORMAT,
  ERR_ENCRYPTED_CENTRAL_DIRECTORY,
  ERR_EOCDR_NOT_FOUND,
  ERR_SPLIT_ZIP_FILE,
  ERR_UNSAFE_FILENAME,
  type FileEntry,
  WARNING_APPENDED_DATA,
  WARNING_COMPRESSED_PATCHED_DATA,
  WARNING_DUPLICATE_FILENAME,
  WARNING_MALFORMED_EXTRA_FIELD,
  WARNING_MISMATCHED_CENTRAL_DIRECTORY_OFFSET,
  WARNING_UNKNOWN_VERSION,
  WARNING_UNKNOWN_ZIP64_EXTENSIBLE_DATA,
  WARNING_UNSORTED_CENTRAL_DIRECTORY,
  WARNING_WRAPPED_ENTRIES_COUNT,
  ZipReader,
} from '@zip.js/zip.js/lib/zip-core-custom.js';
import { CloudError } from '../port/cloud-error.js';
import { type ZipBytes } from './zip-bytes.js';
import { zipRefused } from './zip-refused.js';

/** One file as the directory at the end of a ZIP file describes it. */
export interface ZipEntry {
  readonly file: FileEntry;
  /** Where its own header begins. */
  readonly start: number;
  /** Where the next file, or the directory, begins at the latest: it ends before that. */
  readonly end: number;
}

/** Bytes of the header of a file before its name. */
export const HEADER_BYTES = 30;

/** The library takes about 5 KB of memory for each. */
const MAX_ENTRIES = 250_000;

/**
 * All files, folders left out. Everything that does not add up is refused, as it would mean different files to different programs.
 *
 * @throws CloudError `invalid` with a `ZipRefusal`; `offline`
 */
export const readZipDirectory = async (
  zip: ZipBytes,
  maxEntries = MAX_ENTRIES,
): Promise<readonly ZipEntry[]> => {
  const reader = new ZipReader(zip, { maxAppendedDataSize: 0 });
  const entries: Entry[] = [];
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      if (entries.push(entry) > maxEntries) throw tooMany();
    }
  } catch (error) {
    throw error instanceof CloudError ? error : await refusal(zip, error);
  }
  const odd = (reader.warnings ?? []).filter(({ reason }) => !HARMLESS.has(reason));
  if (odd.length > 0) throw ambiguous(odd.map(({ reason }) => reason));
  return withEnds(entries, reader.directoryOffset ?? zip.size);
};

/** Which file of two with one name is meant, `findVault` asks where it matters. */
const HARMLESS: ReadonlySet<string> = new Set([
  WARNING_COMPRESSED_PATCHED_DATA,
  WARNING_DUPLICATE_FILENAME,
  WARNING_MALFORMED_EXTRA_FIELD,
  WARNING_UNKNOWN_VERSION,
  WARNING_UNKNOWN_ZIP64_EXTENSIBLE_DATA,
  WARNING_UNSORTED_CENTRAL_DIRECTORY,
  WARNING_WRAPPED_ENTRIES_COUNT,
]);

/** What the library says of bytes that are missing before the directory, or behind an end that is another file's. */
const MISSING: ReadonlySet<string> = new Set([
  WARNING_APPENDED_DATA,
  WARNING_MISMATCHED_CENTRAL_DIRECTORY_OFFSET,
]);

const refusal = async (zip: ZipBytes, cause: unknown): Promise<CloudError> => {
  const { message, reason, filename } = cause as Error & {
    readonly reason?: string;
    readonly filename?: string;
  };
  switch (message) {
    case ERR_EOCDR_NOT_FOUND:
    case ERR_BAD_FORMAT:
      return withoutEnd(zip);
    case ERR_SPLIT_ZIP_FILE:
      return zipRefused('unsupported', 'it is one part of several', { cause });
    case ERR_ENCRYPTED_CENTRAL_DIRECTORY:
      return zipRefused('encrypted', 'it is encrypted; pack it without a password', { cause });
    case ERR_UNSAFE_FILENAME:
      return zipRefused(
        'unsafe-name',
        `the name ${JSON.stringify(filename)} leads out of the folder; do not trust this file`,
        { details: { entry: filename } },
      );
    case ERR_AMBIGUOUS_ARCHIVE:
      return ambiguous([reason ?? message]);
    default:
      return damaged('its directory is garbled', { cause });
  }
};

const ambiguous = (reasons: readonly string[]): CloudError =>
  reasons.some((reason) => MISSING.has(reason))
    ? zipRefused('truncated', 'a part of it is missing; it was not copied or downloaded whole')
    : damaged(`it can be read in more than one way: ${reasons.join(', ')}`);

const withoutEnd = async (zip: ZipBytes): Promise<CloudError> => {
  const [p, k, three, four] = await zip.readUint8Array(0, 4);
  return p === 0x50 && k === 0x4b && three === 3 && four === 4
    ? zipRefused('truncated', 'its end is missing; it was not copied or downloaded whole')
    : zipRefused('not-a-zip', 'this is not a ZIP file');
};

/**
 * Files that share bytes are how a small file unfolds to an endless one. The library finds them only when it reads them, one after the
 * other; here the whole file is refused before anything of it is used.
 */
const withEnds = (entries: readonly Entry[], directoryStart: number): readonly ZipEntry[] => {
  const byOffset = [...entries].sort((a, b) => a.offset - b.offset);
  return byOffset.flatMap((file, index) => {
    const { offset: start, compressedSize, filename } = file;
    const end = byOffset[index + 1]?.offset ?? directoryStart;
    if (start + HEADER_BYTES + compressedSize > end) {
      throw damaged(`"${filename}" reaches into what follows it`);
    }
    return file.directory ? [] : [{ file, start, end }];
  });
};

const tooMany = (): CloudError => zipRefused('too-large', 'there are too many files in it');

const damaged = (message: string, options?: ErrorOptions): CloudError =>
  zipRefused('damaged', message, options);
