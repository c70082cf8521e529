import { compareVersions, type EntityVersion } from './entity-version.js';

/** Which entity is in question. */
export interface ConflictPlace {
  readonly entityName: string;
  readonly id: string;
}

/**
 * Decides what becomes of an id of which two devices know different things. For all devices to come to the same, whatever order they meet
 * in, `resolve` must be:
 * - pure: the same two versions give the same result, everywhere and always;
 * - commutative: `resolve(a, b)` equals `resolve(b, a)`;
 * - associative: `resolve(resolve(a, b), c)` equals `resolve(a, resolve(b, c))`;
 * - stable: what came of `a` and `b` wins against `a` and against `b`.
 *
 * It does not change what it is given. A result that is one of the two is the simplest way to keep this; a merge of fields keeps it when every
 * field is chosen by a rule with these laws, `updatedAt` being the later one.
 */
export interface ConflictResolver {
  resolve(a: EntityVersion, b: EntityVersion, place: ConflictPlace): EntityVersion;
}

/** The later version counts; at the same time a deletion, then the greater canonical text. */
export const lastWriterWins: ConflictResolver = {
  resolve: (a, b) => (compareVersions(a, b) >= 0 ? a : b),
};
