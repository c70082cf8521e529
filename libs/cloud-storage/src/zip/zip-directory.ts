import { type ZipBytes } from './zip-bytes.js';
import { FLAG, fromDosTime, LENGTH, SIGNATURE, TOO_BIG, ZIP64_FIELD } from './zip-format.js';
import { zipRefused } from './zip-refused.js';

/** One file as the directory at the end of a ZIP file describes it. */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where its own header begins. */
  readonly offset: number;
  /** Where the next file, or the directory, begins at the latest: it ends before that. */
  readonly end: number;
  /** Unix ms. */
  readonly modifiedMs: number;
  readonly isEncrypted: boolean;
}

/** More than a million files. */
const MAX_DIRECTORY_BYTES = 128 * 1024 * 1024;
const MAX_COMMENT_BYTES = 0xffff;

/**
 * All entries, folders included. Everything that does not add up is refused, as it would mean different files to different programs.
 *
 * @throws CloudError `invalid` with a `ZipRefusal`
 */
export const readZipDirectory = async (zip: ZipBytes): Promise<readonly ZipEntry[]> => {
  const { count, isCountWhole, start, size } = await findDirectory(zip);
  if (size > MAX_DIRECTORY_BYTES) throw zipRefused('too-large', 'there are too many files in it');
  const view = toView(await zip.read(start, size));
  const entries: Omit<ZipEntry, 'end'>[] = [];
  let at = 0;
  while (at < size) {
    const { entry, length } = readEntry(view, at);
    entries.push(entry);
    at += length;
  }
  const isAllThere = isCountWhole ? entries.length === count : entries.length % 0x10000 === count;
  if (!isAllThere) throw damaged('its directory has another number of files than it says');
  return withEnds(entries, start);
};

interface DirectoryPlace {
  readonly count: number;
  /** Whether the count is that of all files, not only its lower 16 bits. */
  readonly isCountWhole: boolean;
  readonly start: number;
  readonly size: number;
}

async function findDirectory(zip: ZipBytes): Promise<DirectoryPlace> {
  const tailStart = Math.max(0, zip.size - LENGTH.end - MAX_COMMENT_BYTES);
  const tail = toView(await zip.read(tailStart, zip.size - tailStart));
  const at = findEnd(tail);
  if (at === undefined) throw await withoutEnd(zip);
  const place = {
    count: tail.getUint16(at + 10, true),
    isCountWhole: false,
    size: tail.getUint32(at + 12, true),
    start: tail.getUint32(at + 16, true),
  };
  const isOneDisk = tail.getUint16(at + 4, true) === tail.getUint16(at + 6, true);
  if (!isOneDisk) throw zipRefused('unsupported', 'it is one part of several');
  const found = await findLarge(zip, tailStart + at, place);
  const end = found.start + found.size;
  if (end > found.end) throw zipRefused('truncated', 'a part of it is missing');
  if (end < found.end) throw damaged('there are bytes between its directory and its end');
  return found;
}

/** From the back: the record whose comment reaches exactly to the end. */
function findEnd(tail: DataView): number | undefined {
  for (let at = tail.byteLength - LENGTH.end; at >= 0; at--) {
    if (tail.getUint32(at, true) !== SIGNATURE.end) continue;
    if (at + LENGTH.end + tail.getUint16(at + 20, true) === tail.byteLength) return at;
  }
  return undefined;
}

async function withoutEnd(zip: ZipBytes): Promise<Error> {
  const head = toView(await zip.read(0, Math.min(4, zip.size)));
  const isBegun = head.byteLength === 4 && head.getUint32(0, true) === SIGNATURE.file;
  return isBegun
    ? zipRefused('truncated', 'its end is missing; it was not copied or downloaded whole')
    : zipRefused('not-a-zip', 'this is not a ZIP file');
}

/** The place as the ZIP64 records before the end say, when there are some; `end` is where the directory must end. */
async function findLarge(
  zip: ZipBytes,
  endAt: number,
  place: DirectoryPlace,
): Promise<DirectoryPlace & { readonly end: number }> {
  const isLarge =
    place.count === TOO_BIG.bytes2 ||
    place.size === TOO_BIG.bytes4 ||
    place.start === TOO_BIG.bytes4;
  const small = { ...place, end: endAt };
  if (!isLarge || endAt < LENGTH.end64Locator) return small;
  const locator = toView(await zip.read(endAt - LENGTH.end64Locator, LENGTH.end64Locator));
  if (locator.getUint32(0, true) !== SIGNATURE.end64Locator) return small;
  const at = readLong(locator, 8);
  if (at + LENGTH.end64 > zip.size) throw zipRefused('truncated', 'a part of it is missing');
  const end64 = toView(await zip.read(at, LENGTH.end64));
  if (end64.getUint32(0, true) !== SIGNATURE.end64) throw damaged('its end is garbled');
  const count = readLong(end64, 32);
  return {
    count,
    isCountWhole: true,
    size: readLong(end64, 40),
    start: readLong(end64, 48),
    end: at,
  };
}

function readEntry(
  view: DataView,
  at: number,
): { readonly entry: Omit<ZipEntry, 'end'>; readonly length: number } {
  if (at + LENGTH.directoryEntry > view.byteLength) throw damaged('its directory ends too early');
  if (view.getUint32(at, true) !== SIGNATURE.directoryEntry)
    throw damaged('its directory is garbled');
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
    view.getUint16(at + offset, true),
  ) as [number, number, number];
  const length = LENGTH.directoryEntry + nameLength + extraLength + commentLength;
  if (at + length > view.byteLength) throw damaged('its directory ends too early');
  const nameAt = at + LENGTH.directoryEntry;
  const flags = view.getUint16(at + 8, true);
  const sizes = readSizes(view, at, { at: nameAt + nameLength, length: extraLength });
  const entry = {
    name: new TextDecoder().decode(
      new Uint8Array(view.buffer, view.byteOffset + nameAt, nameLength),
    ),
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    ...sizes,
    modifiedMs: fromDosTime(view.getUint16(at + 12, true), view.getUint16(at + 14, true)),
    isEncrypted: (flags & (FLAG.encrypted | FLAG.stronglyEncrypted | FLAG.masked)) !== 0,
  };
  return { entry, length };
}

/** The three numbers that may be too big for their places and then stand, in this order, in the ZIP64 field. */
function readSizes(
  view: DataView,
  at: number,
  extra: { readonly at: number; readonly length: number },
): Pick<ZipEntry, 'size' | 'compressedSize' | 'offset'> {
  let next = findZip64Field(view, extra);
  const read = (offset: number): number => {
    const value = view.getUint32(at + offset, true);
    if (value !== TOO_BIG.bytes4) return value;
    if (next === undefined || next + 8 > extra.at + extra.length)
      throw damaged('a size in its directory is missing');
    next += 8;
    return readLong(view, next - 8);
  };
  const size = read(24);
  const compressedSize = read(20);
  return { size, compressedSize, offset: read(42) };
}

function findZip64Field(
  view: DataView,
  extra: { readonly at: number; readonly length: number },
): number | undefined {
  const end = extra.at + extra.length;
  let at = extra.at;
  while (at + 4 <= end) {
    if (view.getUint16(at, true) === ZIP64_FIELD) return at + 4;
    at += 4 + view.getUint16(at + 2, true);
  }
  return undefined;
}

/** Files that share bytes are how a small file unfolds to an endless one. */
function withEnds(
  entries: readonly Omit<ZipEntry, 'end'>[],
  directoryStart: number,
): readonly ZipEntry[] {
  const byOffset = [...entries].sort((a, b) => a.offset - b.offset);
  return byOffset.map((entry, index) => {
    const end = byOffset[index + 1]?.offset ?? directoryStart;
    if (entry.offset + LENGTH.file + entry.compressedSize > end)
      throw damaged(`"${entry.name}" reaches into what follows it`);
    return { ...entry, end };
  });
}

function readLong(view: DataView, at: number): number {
  const value = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(value)) throw damaged('a number in it is out of all bounds');
  return value;
}

const toView = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const damaged = (message: string) => zipRefused('damaged', message);
