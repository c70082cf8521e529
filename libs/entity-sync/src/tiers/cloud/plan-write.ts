import { type ConflictResolver } from '../../merge/conflict-resolver.js';
import { mergeEntityKeyData } from '../../merge/merge-entity-key-data.js';
import { type EntityKeyData } from '../../model/entity-key-data.js';
import { unitsOf } from '../../metadata/entity-digest.js';
import { depthFor, PART_UNITS, partition, type PartPrefix } from '../parts/parts.js';
import { type NewFile } from './cloud-files.js';
import { type MergedFile } from './entity-file.js';
import { type KnownFile } from './known-file.js';

/** Changes of one key that are read one by one, before they are put together. */
export const MAX_CHANGES = 8;
/** Changes below this (UTF-16 units of text) never make a key be written anew. */
export const CHANGE_UNITS = 64 * 1024;
/** How many files before it a change names. */
const MAX_AFTER = 4;

/** A file that is needed, with its data. */
export type LiveFile = KnownFile & { readonly data: EntityKeyData };

/** What is known of a key when something is to be added to it. */
export interface WriteSituation {
  readonly key: string;
  readonly token: string;
  /** The files that are needed. */
  readonly live: readonly LiveFile[];
  /** All that the key holds, with what is new. */
  readonly joined: () => EntityKeyData;
  /** What is new. */
  readonly added: EntityKeyData;
  /** What the merge of changes goes by. */
  readonly resolver?: ConflictResolver;
  /** Whether a file of that name is still there. */
  readonly isThere: (stem: string) => boolean;
  /** Names of files that were written in another way: what they hold is to be written anew. */
  readonly outdated: ReadonlySet<string>;
}

/**
 * The files to write so that the cloud holds what is new: a small change; one change in place of many; or, when the changes outgrow what they
 * change, the parts that they touch anew.
 */
export function planWrite(situation: WriteSituation): readonly NewFile[] {
  const { live, added, outdated } = situation;
  const bases = live.filter(({ kind }) => kind === 'base');
  const changes = live.filter(({ kind }) => kind !== 'base');
  const room = Math.max(CHANGE_UNITS, Math.min(sumOfUnits(bases) / 4, PART_UNITS));
  const isLarge = sumOfUnits(changes) + unitsOf(added) > room;
  const isMany = changes.length >= MAX_CHANGES;
  if (bases.length === 0 || isLarge || outdated.size > 0 || (isMany && doOverlap(bases)))
    return planParts(situation);
  return [planChange(situation, isMany ? changes : [])];
}

function planChange(situation: WriteSituation, changes: readonly LiveFile[]): NewFile {
  const { key, token, live, added, resolver } = situation;
  const merged = mergedBy(changes, situation.isThere, () => ['']);
  const before = live
    .filter(({ stem }) => !merged.has(stem))
    .sort((a, b) => b.generation - a.generation || (a.stem < b.stem ? -1 : 1))
    .slice(0, MAX_AFTER);
  return {
    key,
    token,
    kind: changes.length > 0 ? 'bundle' : 'change',
    generation: nextGeneration(live),
    prefix: '',
    data: changes
      .map(({ data }) => data)
      .reduce((a, b) => mergeEntityKeyData(a, b, resolver), added),
    merged,
    after: new Map(before.map(({ stem, digest }) => [stem, digest])),
  };
}

/** Everything in parts; parts that are there as they would be written are left as they are. */
function planParts(situation: WriteSituation): readonly NewFile[] {
  const { key, token, live, added, outdated } = situation;
  const joined = situation.joined();
  const bases = live.filter(({ kind }) => kind === 'base');
  const depth = depthFor(unitsOf(joined), Math.max(0, ...bases.map(({ prefix }) => prefix.length)));
  const parts = partition(joined, depth);
  const touchedBy = new Map(live.map((file) => [file.stem, prefixesOf(file.data, depth)]));
  const isKept = (prefix: PartPrefix): boolean => {
    const overlapping = bases.filter((base) => isRelated(base.prefix, prefix));
    const [base] = overlapping;
    const isSame = prefix.length === depth && base?.prefix === prefix;
    return overlapping.length === 1 && isSame && !outdated.has(base.stem);
  };
  const fresh = new Set(prefixesOf(added, depth));
  for (const file of live)
    if (file.kind !== 'base' || !isKept(file.prefix))
      for (const prefix of touchedBy.get(file.stem) ?? []) fresh.add(prefix);
  const generation = nextGeneration(live);
  return [...fresh].sort().map((prefix) => {
    const inside = live.filter(({ stem }) => touchedBy.get(stem)?.includes(prefix));
    return {
      key,
      token,
      kind: 'base',
      generation,
      prefix,
      data: parts.get(prefix) ?? {},
      merged: mergedBy(inside, situation.isThere, ({ stem }) => touchedBy.get(stem) ?? ['']),
      after: new Map(),
    };
  });
}

/**
 * The files, and those that they merged and that are still there, with the parts that hold them now. What a file held of another one may be only a
 * share; where the rest is stays named.
 */
function mergedBy(
  files: readonly KnownFile[],
  isThere: (stem: string) => boolean,
  partsOf: (file: KnownFile) => readonly PartPrefix[],
): ReadonlyMap<string, MergedFile> {
  const merged = new Map<string, MergedFile>();
  const add = (stem: string, digest: string, parts: readonly PartPrefix[]): void => {
    const all = new Set([...(merged.get(stem)?.parts ?? []), ...parts]);
    merged.set(stem, { digest, parts: [...all].sort() });
  };
  for (const file of files) {
    const parts = partsOf(file);
    add(file.stem, file.digest, parts);
    for (const [stem, inner] of file.merged) {
      const elsewhere = inner.parts.filter((part) => !part.startsWith(file.prefix));
      if (isThere(stem)) add(stem, inner.digest, [...elsewhere, ...parts]);
    }
  }
  return merged;
}

const nextGeneration = (live: readonly KnownFile[]): number =>
  1 + Math.max(0, ...live.map(({ generation }) => generation));

const prefixesOf = (data: EntityKeyData, depth: number): readonly PartPrefix[] => [
  ...partition(data, depth).keys(),
];

const sumOfUnits = (files: readonly KnownFile[]): number =>
  files.reduce((sum, { units }) => sum + units, 0);

const isRelated = (a: PartPrefix, b: PartPrefix): boolean => a.startsWith(b) || b.startsWith(a);

const doOverlap = (bases: readonly KnownFile[]): boolean =>
  bases.some((a) => bases.some((b) => a !== b && isRelated(a.prefix, b.prefix)));
