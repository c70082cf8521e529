import { type CloudFiles } from './cloud-files.js';
import { type CloudTierSettings } from './cloud-options.js';
import { type FileShelf } from './file-shelf.js';
import { type ListedFile, namersByStem, type KnownFile, witnessesOf } from './known-file.js';

/** Files removed after one write, so that a write never takes long. */
const MAX_REMOVALS = 32;

/** A file that is not needed any more. */
export interface Replaced {
  readonly file: ListedFile;
  /** What holds all of it. */
  readonly witnesses: readonly KnownFile[];
}

/** The files of a key that others hold as a whole, which have been there for the time of grace by the server's clock. */
export function replacedFiles(
  key: string,
  { shelf, settings }: Pick<CollectParts, 'shelf' | 'settings'>,
): readonly Replaced[] {
  const namers = namersByStem(shelf.filesOf(key));
  const before = nowOfServer(shelf, settings) - settings.graceMs;
  const replaced: Replaced[] = [];
  for (const stem of namers.keys()) {
    const file = shelf.listed.get(stem);
    const witnesses = (file && witnessesOf(stem, file.generation, namers)) ?? [];
    if (!file || witnesses.length === 0) continue;
    if (witnesses.every((one) => isOld(one, shelf, before))) replaced.push({ file, witnesses });
  }
  return replaced;
}

/** Removes replaced files of a key once what holds them was read back. */
export async function collect(key: string, parts: CollectParts): Promise<void> {
  const { shelf, files } = parts;
  let removed = 0;
  for (const { file, witnesses } of replacedFiles(key, parts)) {
    if (removed === MAX_REMOVALS) return;
    if (!(await areReadBack(witnesses, parts))) continue;
    await files.remove(file.path);
    shelf.removed(file.stem);
    removed++;
  }
}

/** What removing takes. */
export interface CollectParts {
  readonly shelf: FileShelf;
  readonly files: CloudFiles;
  readonly settings: CloudTierSettings;
}

/** The newest time that the server gave to a file; never later than our own clock says, so one file from the future removes nothing. */
const nowOfServer = (shelf: FileShelf, { now }: CloudTierSettings): number =>
  Math.min(shelf.newestMs, now());

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
