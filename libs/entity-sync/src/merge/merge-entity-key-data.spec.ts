import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeData } from '../metadata/describe-data.js';
import { canonicalText } from '../model/canonical-text.js';
import { type EntityKeyData } from '../model/entity-key-data.js';
import { entityKeyData } from '../simulation/data-arbitrary.js';
import { type ConflictResolver, lastWriterWins } from './conflict-resolver.js';
import { forEachVersion, versionOf } from './difference.js';
import { isSameVersion } from './entity-version.js';
import { addedByMerge, mergeAndCompare, mergeEntityKeyData } from './merge-entity-key-data.js';

const at = (ms: number) => new Date(1_700_000_000_000 + ms);
const iso = (ms: number) => at(ms).toISOString();
const saved = (ms: number, name = 'Alice'): EntityKeyData => ({
  User: { a: { id: 'a', updatedAt: at(ms), ...{ name } } },
});
const deleted = (ms: number): EntityKeyData => ({ deleted: { User: { a: iso(ms) } } });
const same = (a: EntityKeyData, b: EntityKeyData) =>
  expect(canonicalText(a)).toBe(canonicalText(b));
const merge = mergeEntityKeyData;

describe('mergeEntityKeyData', () => {
  it.each([
    ['the later update', saved(1, 'old'), saved(2, 'new'), saved(2, 'new')],
    ['the update after a deletion', deleted(1), saved(2), saved(2)],
    ['the deletion after an update', saved(1), deleted(2), deleted(2)],
    ['the deletion at the same time', saved(1), deleted(1), deleted(1)],
    ['the later deletion', deleted(1), deleted(2), deleted(2)],
    ['the greater text at the same time', saved(1, 'a'), saved(1, 'b'), saved(1, 'b')],
    ['what has a time', { User: { a: { id: 'a' } } }, saved(0), saved(0)],
  ])('keeps %s, in both orders', (_, a, b, winner) => {
    same(merge(a, b), winner);
    same(merge(b, a), winner);
  });

  it('understands times that a tier keeps as text', () => {
    const text = { User: { a: { id: 'a', updatedAt: iso(3) } } } as unknown as EntityKeyData;
    expect(merge(saved(2), text)).toEqual(text);
    expect(merge(saved(4), text)).toEqual(saved(4));
  });

  it('unites what only one of them has', () => {
    const other: EntityKeyData = { Label: { l: { id: 'l', updatedAt: at(0) } } };
    expect(merge(saved(1), other)).toEqual({ ...saved(1), ...other });
  });

  it('settles an id that is alive and deleted in one input', () => {
    same(merge({ ...saved(2), ...deleted(1) }, {}), saved(2));
    same(merge({ ...saved(1), ...deleted(2) }, {}), deleted(2));
    same(merge({}, { ...saved(1), ...deleted(2) }), deleted(2));
  });

  it('gives the first back as it is when the second adds nothing', () => {
    const both = merge(saved(2), { deleted: { User: { b: iso(1) } } });
    expect(merge(both, saved(1))).toBe(both);
    expect(merge(both, structuredClone(both))).toBe(both);
    expect(merge(both, {})).toBe(both);
  });

  it('lets a resolver decide, and does not ask it about equal versions', () => {
    const asked: string[] = [];
    const firstName: ConflictResolver = {
      resolve: (a, b, { entityName, id }) => {
        asked.push(`${entityName} ${id}`);
        return canonicalText(a) < canonicalText(b) ? a : b;
      },
    };
    same(merge(saved(1, 'a'), saved(2, 'b'), firstName), saved(1, 'a'));
    same(merge(saved(1, 'a'), saved(1, 'a'), firstName), saved(1, 'a'));
    expect(asked).toEqual(['User a']);
  });

  it('is commutative, associative and idempotent, and changes nothing in place', () => {
    fc.assert(
      fc.property(entityKeyData, entityKeyData, entityKeyData, (a, b, c) => {
        const before = [a, b, c].map((data) => canonicalText(data));
        same(merge(a, b), merge(b, a));
        same(merge(merge(a, b), c), merge(a, merge(b, c)));
        const once = merge(a, b);
        expect(merge(once, b)).toBe(once);
        expect(merge(once, a)).toBe(once);
        expect(merge(once, once)).toBe(once);
        expect([a, b, c].map((data) => canonicalText(data))).toEqual(before);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it('keeps of each id one version, and for ever that it existed', () => {
    fc.assert(
      fc.property(entityKeyData, entityKeyData, (a, b) => {
        const ids = (data: EntityKeyData) =>
          Object.values(describeData(data).entities).reduce(
            (sum, { count, deletedCount }) => sum + count + deletedCount,
            0,
          );
        const merged = merge(merge(a, {}), b);
        expect(ids(merged)).toBeGreaterThanOrEqual(ids(merge(a, {})));
        expect(ids(merged)).toBeGreaterThanOrEqual(ids(merge(b, {})));
      }),
    );
  });
});

describe('addedByMerge', () => {
  it('gives what is to be added for the merge, and nothing when it adds nothing', () => {
    fc.assert(
      fc.property(entityKeyData, entityKeyData, (a, b) => {
        const merged = mergeEntityKeyData(a, b);
        const added = addedByMerge(a, b);
        expect(mergeEntityKeyData(a, added ?? {})).toEqual(merged);
        expect(mergeAndCompare(a, b, lastWriterWins)).toEqual({ data: merged, added });
        expect(addedByMerge(merged, b)).toBeUndefined();
        expect(addedByMerge(merged, structuredClone(a))).toBeUndefined();
        expect(addedByMerge(merged, merged)).toBeUndefined();
        // Of what both have settled already, nothing is in it.
        const settled = mergeEntityKeyData(a, {});
        const fresh = addedByMerge(settled, b) ?? {};
        forEachVersion(fresh, (name, id, version) => {
          const known = versionOf(settled, name, id);
          expect(known !== undefined && isSameVersion(known, version)).toBe(false);
        });
      }),
      { seed: 21, numRuns: 300 },
    );
  });
});

describe('isSameVersion', () => {
  it('goes by content, also for what was found to be the same as another one', () => {
    const version = (name: string) => ({
      kind: 'active' as const,
      entity: { id: 'a', updatedAt: at(1), ...{ name } },
    });
    const [a, same, other] = [version('x'), version('x'), version('y')];
    for (let time = 0; time < 2; time++) {
      expect(isSameVersion(a, same)).toBe(true);
      expect(isSameVersion(same, a)).toBe(true);
      expect(isSameVersion(a, other)).toBe(false);
      expect(isSameVersion(other, same)).toBe(false);
    }
  });
});
