import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeEntityKeyData } from '../../merge/merge-entity-key-data.js';
import { canonicalText } from '../../model/canonical-text.js';
import { type EntityKeyData } from '../../model/entity-key-data.js';
import { entityKeyData } from '../../simulation/data-arbitrary.js';
import { unitsOf } from '../../metadata/entity-digest.js';
import { depthFor, PART_UNITS, partition, partOf, unite } from './parts.js';

describe('partition', () => {
  it('puts every entity and deletion into the part of its id, and unite gives all back', () => {
    fc.assert(
      fc.property(entityKeyData, fc.integer({ min: 0, max: 5 }), (raw, depth) => {
        const data = mergeEntityKeyData({}, raw);
        const parts = partition(data, depth);
        for (const [prefix, part] of parts)
          for (const [name, map] of Object.entries(part))
            if (name !== 'deleted')
              for (const id of Object.keys(map ?? {})) expect(partOf(name, id, depth)).toBe(prefix);
        expect(canonicalText(unite(parts.values()))).toBe(canonicalText(data));
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('spreads ids evenly', () => {
    const counts = new Map<string, number>();
    for (let at = 0; at < 8000; at++) {
      const prefix = partOf('Contact', `global.${at}`, 3);
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
    expect(counts.size).toBe(8);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });
});

describe('partOf', () => {
  it('extends the prefix of a smaller depth, and stays what it was in every version', () => {
    expect(partOf('Contact', 'a', 0)).toBe('');
    for (let depth = 1; depth < 8; depth++)
      expect(partOf('Contact', 'a', depth + 1).startsWith(partOf('Contact', 'a', depth))).toBe(
        true,
      );
    expect([partOf('Contact', 'a', 8), partOf('Label', 'a', 8), partOf('Contact', 'b', 8)]).toEqual(
      ['00111110', '11111000', '10100110'],
    );
  });
});

describe('depthFor', () => {
  it('parts what is above the limit, and keeps what was chosen while it fits', () => {
    expect(depthFor(PART_UNITS)).toBe(0);
    expect(depthFor(PART_UNITS + 1)).toBe(1);
    expect(depthFor(PART_UNITS * 9)).toBe(4);
    expect(depthFor(PART_UNITS * 9, 4)).toBe(4);
    expect(depthFor(PART_UNITS * 3, 4)).toBe(4);
    expect(depthFor(PART_UNITS * 17, 4)).toBe(5);
    expect(depthFor(PART_UNITS, 4)).toBe(0);
    expect(depthFor(PART_UNITS * 2 ** 30)).toBe(16);
  });
});

describe('unitsOf', () => {
  it('counts ids, entities and deletions', () => {
    const entity = { id: 'a', text: 'x'.repeat(1000) };
    expect(unitsOf({ Note: { a: entity } } as EntityKeyData)).toBeGreaterThan(1000);
    expect(
      unitsOf({ deleted: { Note: { a: new Date(0).toISOString() } } } as EntityKeyData),
    ).toBeGreaterThan(30);
    expect(unitsOf({})).toBe(0);
  });
});
