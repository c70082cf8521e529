import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeEntityKeyData } from '../merge/merge-entity-key-data.js';
import { canonicalText } from '../model/canonical-text.js';
import { type EntityKeyData } from '../model/entity-key-data.js';
import { entityKeyData } from '../simulation/data-arbitrary.js';
import { describeChange, describeData, metadataOfKeys, placesIn } from './describe-data.js';
import { hash64, hashHex } from './hash64.js';

const data: EntityKeyData = {
  User: { a: { id: 'a', updatedAt: new Date(5) }, b: { id: 'b', updatedAt: new Date(7) } },
  deleted: { User: { c: new Date(9).toISOString() }, Label: { l: new Date(3).toISOString() } },
};

describe('describeData', () => {
  it('counts, and names the latest change', () => {
    expect(describeData(data)).toEqual({
      hash: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      updatedAt: '1970-01-01T00:00:00.009Z',
      entities: { User: { count: 2, deletedCount: 1 }, Label: { count: 0, deletedCount: 1 } },
    });
  });

  it('has hashes that are the same in every version of the library', () => {
    expect(describeData(data).hash).toMatchInlineSnapshot(`"edb015c34739d853"`);
    expect(describeData({}).hash).toBe('0000000000000000');
  });

  it('is the same for equal data in any order, and differs for different data', () => {
    fc.assert(
      fc.property(entityKeyData, entityKeyData, (one, other) => {
        const [a, b] = [mergeEntityKeyData(one, {}), mergeEntityKeyData(other, {})];
        const shuffled = mergeEntityKeyData(mergeEntityKeyData(b, a), {});
        expect(describeData(mergeEntityKeyData(a, b))).toEqual(describeData(shuffled));
        expect(describeData(structuredClone(a))).toEqual(describeData(a));
        const empty = (key: string) => canonicalText(mergeEntityKeyData({}, JSON.parse(key)));
        expect(empty('{}')).toBe('{}');
        if (describeData(a).hash === describeData(b).hash)
          expect(canonicalText(mergeEntityKeyData({}, a))).toBe(
            canonicalText(mergeEntityKeyData({}, b)),
          );
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it('notices values that changed places', () => {
    const pair = (x: string, y: string): EntityKeyData => ({
      User: { a: { ...{ x } }, b: { ...{ x: y } } },
    });
    expect(describeData(pair('1', '2')).hash).not.toBe(describeData(pair('2', '1')).hash);
  });
});

describe('metadataOfKeys', () => {
  it('names the latest change of all keys', () => {
    const metadata = metadataOfKeys([
      ['app.a', describeData(data)],
      ['app.b', describeData({})],
    ]);
    expect(metadata.updatedAt).toBe('1970-01-01T00:00:00.009Z');
    expect(Object.keys(metadata.entityKeys)).toEqual(['app.a', 'app.b']);
  });
});

describe('hash64', () => {
  it('is spread evenly: no two of many near texts have the same half', () => {
    const texts = Array.from({ length: 20_000 }, (_, index) => `{"a":${index}}`);
    expect(new Set(texts.map((text) => hashHex(hash64(text)))).size).toBe(texts.length);
  });
});

describe('describeChange', () => {
  it('gives what describeData gives', () => {
    fc.assert(
      fc.property(entityKeyData, entityKeyData, entityKeyData, (one, other, third) => {
        const before = mergeEntityKeyData(one, {});
        const known = { data: before, metadata: describeData(before) };
        const after = mergeEntityKeyData(before, other);
        const touched = [...placesIn(other), ...placesIn(other), ...placesIn(third)];
        expect(describeChange(known, after, touched)).toEqual(describeData(after));
        // Also backwards: to what is less and older.
        const later = { data: after, metadata: describeData(after) };
        expect(describeChange(later, before, touched)).toEqual(describeData(before));
      }),
      { seed: 8, numRuns: 300 },
    );
  });
});
