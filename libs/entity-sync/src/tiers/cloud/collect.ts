import { type CloudFiles } from './cloud-files.js';
import { type CloudTierSettings } from './cloud-options.js';
import { type FileShelf } from './file-shelf.js';
import { namersByStem, type KnownFile, witnessesOf } from './known-file.js';

/** Files removed after one write, so that a write never takes long. */
const MAX_REMOVALS = 32;

/**
 * Removes files of a key that others hold as a whole: when those have been there for the time of grace by the server's clock, and were read back.
 * Gives how many it removed.
 */
export async function collect(
  key: string,
  { shelf, files, settings }: CollectParts,
): Promise<number> {
  const namers = namersByStem(shelf.filesOf(key));
  const before = nowOfServer(shelf, settings) - settings.graceMs;
  let removed = 0;
  for (const stem of namers.keys()) {
    const listed = shelf.listed.get(stem);
    if (listed === undefined || removed === MAX_REMOVALS) continue;
    const witnesses = witnessesOf(stem, listed.generation, namers) ?? [];
    if (witnesses.length === 0 || !witnesses.every((file) => isOld(file, shelf, before))) continue;
    if (!(await areReadBack(witnesses, { shelf, files, settings }))) continue;
    await files.remove(listed.path);
    shelf.removed(stem);
    removed++;
  }
  return removed;
}

/** What removing takes. */
export interface CollectParts {
  readonly shelf: FileShelf;
  readonly files: CloudFiles;
  readonly settings: CloudTierSettings;
}

/** The newest time that the server gave to a file; never later than our own clock says, so one file from the future removes nothing. */
function nowOfServer(shelf: FileShelf, { now }: CloudTierSettings): number {
  let newest = -Infinity;
  for (const { modifiedAt } of shelf.listed.values()) {
    const ms = Date.parse(modifiedAt);
    if (ms > newest) newest = ms;
  }
  return Math.min(newest, now());
}

function isOld({ stem }: KnownFile, shelf: FileShelf, before: number): boolean {
  return Date.parse(shelf.listed.get(stem)?.modifiedAt ?? '') <= before;
}

/** Whether the bytes that came from the cloud are those that we know of each. */
async function areReadBack(
  witnesses: readonly KnownFile[],
  { shelf, files }: CollectParts,
): Promise<boolean> {
  for (const witness of witnesses) {
    if (witness.isReadBack) continue;
    const opened = await files.open(witness);
    if (opened.kind !== 'known' || opened.file.digest !== witness.digest) return false;
    shelf.readBack(witness.stem);
  }
  return true;
}
