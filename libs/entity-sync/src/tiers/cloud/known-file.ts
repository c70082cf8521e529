import { type EntityKeyData } from '../../model/entity-key-data.js';
import { type PartPrefix } from '../parts/parts.js';
import { type EntityFile } from './entity-file.js';
import { type FileName } from './file-name.js';

/** A file as a listing shows it. */
export interface ListedFile extends FileName {
  readonly path: string;
  /** Of all files that have this name: some services keep several. */
  readonly sizes: readonly number[];
  readonly modifiedAt: string;
}

/** A file whose content is known, from reading or from writing it. Files never change, so this stays true as long as it is there. */
export interface KnownFile extends FileName, Omit<EntityFile, 'data' | 'account'> {
  readonly path: string;
  readonly size: number;
  /** First 32 hex digits of the SHA-256 of its bytes. */
  readonly digest: string;
  /** About how large its data are. */
  readonly units: number;
  /** Absent when other files hold all of it, or when it is only in the cache. */
  readonly data?: EntityKeyData;
  /** Whether its bytes came from the cloud since the start, and not from here or the cache. */
  readonly isReadBack: boolean;
  /** A beginning by which the codec tells whether it would be written like this now: its own, or of another file that was written alike. */
  readonly beginning?: Uint8Array;
}

/**
 * The names of files that are not needed: other known files name them as merged, and those are here with all parts that hold them. What a file
 * names must be of a lower generation, so nothing can replace itself.
 */
export function supersededStems(
  candidates: Iterable<FileName>,
  known: Iterable<KnownFile>,
): ReadonlySet<string> {
  const namers = namersByStem(known);
  const superseded = new Set<string>();
  for (const { stem, generation } of candidates)
    if (witnessesOf(stem, generation, namers) !== undefined) superseded.add(stem);
  return superseded;
}

/** By name of a file: the files that say they merged it. */
export function namersByStem(
  known: Iterable<KnownFile>,
): ReadonlyMap<string, readonly KnownFile[]> {
  const namers = new Map<string, KnownFile[]>();
  for (const file of known)
    for (const stem of file.merged.keys()) {
      const list = namers.get(stem);
      if (list) list.push(file);
      else namers.set(stem, [file]);
    }
  return namers;
}

/** The files that together hold all of a file, `undefined` when it is needed. */
export function witnessesOf(
  stem: string,
  generation: number,
  namers: ReadonlyMap<string, readonly KnownFile[]>,
): readonly KnownFile[] | undefined {
  const files = (namers.get(stem) ?? []).filter((namer) => namer.generation > generation);
  for (const { merged } of files) {
    const parts = merged.get(stem)?.parts ?? [];
    if (parts.every((part) => covers(files, part))) return files;
  }
  return undefined;
}

/** Whether the files together hold the part: one that holds it or more, or both of its halves. */
function covers(files: readonly KnownFile[], part: PartPrefix): boolean {
  if (files.some(({ prefix }) => part.startsWith(prefix))) return true;
  const inside = files.filter(({ prefix }) => prefix.startsWith(part));
  return inside.length > 1 && covers(inside, `${part}0`) && covers(inside, `${part}1`);
}
