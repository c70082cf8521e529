import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entityValue } from '../simulation/value-arbitrary.js';
import { canonicalText } from './canonical-text.js';
import { copyValue } from './copy-value.js';
import { isSameData } from './is-same-data.js';

describe('isSameData', () => {
  it('says yes only for values of one canonical text', () => {
    fc.assert(
      fc.property(entityValue, entityValue, (a, b) => {
        if (isSameData(a, b)) expect(canonicalText(a)).toBe(canonicalText(b));
        if (canonicalText(a) !== canonicalText(b)) expect(isSameData(a, b)).toBe(false);
      }),
      { seed: 12, numRuns: 1000 },
    );
  });

  it('says yes for copies, whatever the order of their names', () => {
    const value = { a: [1, { b: new Date(5), c: NaN }], d: undefined, e: null, f: -0, g: 1n };
    const { a, ...rest } = copyValue(value);
    expect(isSameData(value, { ...rest, a })).toBe(true);
  });

  it.each([
    [{ a: undefined }, {}],
    [{ a: undefined }, { b: undefined }],
    [0, -0],
    [new Date(1), new Date(2)],
    [new Date(1), {}],
    [[], {}],
    [[1], [1, 2]],
    [null, {}],
    ['1', 1],
    [Object.create({ inherited: 1 }) as object, {}],
    [{ toString: 1 }, { valueOf: 1 }],
  ])('does not for %j and %j', (a, b) => {
    expect(isSameData(a, b)).toBe(false);
    expect(isSameData(b, a)).toBe(false);
  });

  it('does not exhaust the stack', () => {
    const cycle = () => {
      const object: Record<string, unknown> = {};
      object['self'] = object;
      return object;
    };
    expect(isSameData(cycle(), cycle())).toBe(false);
  });
});
