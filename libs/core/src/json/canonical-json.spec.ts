import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeThrownBy } from '../testing/thrown-by.js';
import { canonicalJson } from './canonical-json.js';

const runs = { seed: 11, numRuns: 500 };

/** The same value with the keys of each object in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, shuffled(item)] as const)
      .reverse(),
  );
}

/** RFC 8785 in its simplest form, slow and obvious. */
function reference(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(reference).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  const object = value as Record<string, unknown>;
  return `{${keys.map((key) => `${JSON.stringify(key)}:${reference(object[key])}`).join(',')}}`;
}

const json = fc.jsonValue({ maxDepth: 4 });

describe('canonicalJson', () => {
  it('is the same for equal values, whatever the order of their keys', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
        expect(canonicalJson(value)).toBe(reference(value));
      }),
      runs,
    );
  });

  it('is JSON of the same value, and stable', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
      runs,
    );
  });

  it('writes the example of RFC 8785, section 3.2.2', () => {
    const value = {
      numbers: JSON.parse(
        '[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001]',
      ) as unknown,
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts keys by UTF-16 units (RFC 8785, section 3.2.3), also those that look like indexes', () => {
    const value = {
      '\u20ac': 1,
      '\r': 2,
      '\ufb33': 3,
      '1': 4,
      '\ud83d\ude00': 5,
      '\u0080': 6,
      ö: 7,
    };
    expect(Object.keys(JSON.parse(canonicalJson({ a: value })).a as object)).toHaveLength(7);
    expect(canonicalJson(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}');
    expect(canonicalJson({ '10': 1, '9': 2 })).toBe('{"10":1,"9":2}');
  });

  it('leaves out undefined properties and writes null for undefined and missing items', () => {
    const sparse = [1, undefined];
    sparse[3] = 4;
    expect(canonicalJson({ b: undefined, a: sparse })).toBe('{"a":[1,null,null,4]}');
    expect(canonicalJson({ b: { d: 1, c: undefined }, a: sparse })).toBe(
      '{"a":[1,null,null,4],"b":{"d":1}}',
    );
  });

  it('writes -0 as 0', () => {
    expect(canonicalJson([-0])).toBe('[0]');
  });

  it('keeps an own field named __proto__', () => {
    const value: unknown = JSON.parse('{"b":1,"__proto__":{"x":1}}');
    expect(canonicalJson(value)).toBe('{"__proto__":{"x":1},"b":1}');
  });

  it('needs no more stack for its deepest value than there is', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : { z: 1, a: [nested(depth - 2)] });
    expect(canonicalJson(nested(100))).toContain('"z":1');
  });

  it.each([
    ['NaN', [NaN]],
    ['infinity', { a: Infinity }],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a key', { '\udc00': 1 }],
    ['a lone surrogate in the last of unsorted keys', { b: 1, a: 2, '\udc00': 1 }],
    ['a function', () => 1],
    ['a symbol', [Symbol('x')]],
    ['a big integer', { a: 1n }],
    ['nothing', undefined],
    ['bytes', { a: new Uint8Array(1) }],
    ['a date', [new Date(0)]],
    ['deep lists', JSON.parse('['.repeat(5000) + ']'.repeat(5000))],
    ['deep objects', JSON.parse('{"b":1,"a":'.repeat(5000) + '1' + '}'.repeat(5000))],
  ])('refuses %s', async (_name, value: unknown) => {
    expect(await codeThrownBy(() => canonicalJson(value))).toBe('malformed');
  });

  it('refuses a value that contains itself', async () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(await codeThrownBy(() => canonicalJson(loop))).toBe('malformed');
  });
});
