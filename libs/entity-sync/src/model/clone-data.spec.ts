import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entityValue } from '../simulation/value-arbitrary.js';
import { canonicalText } from './canonical-text.js';
import { cloneData } from './clone-data.js';
import { copyValue } from './copy-value.js';

describe('cloneData', () => {
  it('gives what copyValue gives', () => {
    fc.assert(
      fc.property(entityValue, (given) => {
        const value = copyValue(given);
        const text = canonicalText(value);
        expect(canonicalText(cloneData(value))).toBe(text);
        expect(cloneData(value)).toStrictEqual(copyValue(value));
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('shares nothing that can be changed', () => {
    const value = { at: new Date(5), bytes: new Uint8Array([1]), list: [{ deep: [1] }] };
    const copy = cloneData(value);
    copy.at.setTime(6);
    copy.bytes[0] = 2;
    (copy.list[0] as { deep: number[] }).deep.push(2);
    copy.list.push({ deep: [] });
    expect(value).toEqual({ at: new Date(5), bytes: new Uint8Array([1]), list: [{ deep: [1] }] });
  });

  it('keeps the order of names, what is undefined, and names that every object has', () => {
    const value = copyValue(JSON.parse('{"z":1,"__proto__":{"a":[1]},"a":{"constructor":{}}}'));
    const copy = cloneData({ ...value, none: undefined }) as object;
    expect(Object.keys(copy)).toEqual(['z', '__proto__', 'a', 'none']);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(copy, '__proto__')?.value).toEqual({ a: [1] });
  });
});
