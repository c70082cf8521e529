import fc from 'fast-check';
import { canonicalJson } from '@chat-vault/core';
import { describe, expect, it } from 'vitest';
import { EntitySyncError } from '../errors/entity-sync-error.js';
import { mergeEntityKeyData } from '../merge/merge-entity-key-data.js';
import { canonicalText } from '../model/canonical-text.js';
import { copyValue } from '../model/copy-value.js';
import { type EntityKeyData } from '../model/entity-key-data.js';
import { entityKeyData } from '../simulation/data-arbitrary.js';
import { entityValue } from '../simulation/value-arbitrary.js';
import { decodeValue } from './decode-value.js';
import { encodeValue } from './encode-value.js';
import { decodeEntityKeyData, encodeEntityKeyData } from './entity-key-json.js';
import { MAX_DEPTH } from './json-value.js';

/** Through the text that a codec writes, which sorts names. */
const throughText = (json: unknown, path: readonly string[] = []): unknown =>
  path.reduce(
    (inner, name) => (inner as Record<string, unknown>)[name],
    JSON.parse(canonicalJson(json)) as unknown,
  );
const roundTrip = (value: unknown) => decodeValue(throughText(encodeValue(value)));

/** Names of all objects in it, in their order. */
function namesOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(namesOf);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return null;
  return Object.entries(value).map(([name, inner]) => [name, namesOf(inner)]);
}

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'none';
  } catch (error) {
    if (error instanceof EntitySyncError) return error.code;
    throw error;
  }
};

describe('encodeValue', () => {
  it('gives back everything that an entity may hold, in its order', () => {
    fc.assert(
      fc.property(entityValue, (value) => {
        const got = roundTrip(value);
        expect(canonicalText(got)).toBe(canonicalText(value));
        expect(namesOf(got)).toEqual(namesOf(value));
      }),
      { seed: 7, numRuns: 400 },
    );
  });

  it('keeps a property that is undefined, and holes of a list as undefined', () => {
    const got = roundTrip({ gone: undefined, list: [undefined, 1], holes: new Array(2) });
    expect(got).toStrictEqual({
      gone: undefined,
      list: [undefined, 1],
      holes: [undefined, undefined],
    });
    expect(Object.keys(got as object)).toEqual(['gone', 'list', 'holes']);
  });

  it('writes what is plain and in order as plain JSON, and dates as a person can read them', () => {
    expect(throughText(encodeValue({ a: 1, b: ['x'], when: new Date(0) }))).toEqual({
      a: 1,
      b: ['x'],
      when: { $date: '1970-01-01T00:00:00.000Z' },
    });
    expect(throughText(encodeValue({ b: 1, a: 2 }))).toEqual({ $object: ['b', 1, 'a', 2] });
  });

  it('does not take data of an application for its own tags', () => {
    for (const value of [{ $date: 'x' }, { $object: [] }, { $: 1, a: 2 }, { $undefined: true }])
      expect(roundTrip(value)).toStrictEqual(value);
  });

  it('keeps an own property named __proto__ and changes no prototype', () => {
    const got = roundTrip(JSON.parse('{"__proto__":{"polluted":true}}')) as object;
    expect(Object.getOwnPropertyNames(got)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(got)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });

  it('keeps the own properties of an instance of a class', () => {
    class Contact {
      name = 'Ada';
      greet = undefined;
    }
    expect(roundTrip(new Contact())).toStrictEqual({ name: 'Ada', greet: undefined });
  });

  it.each([
    ['a function', () => undefined],
    ['a symbol', Symbol('x')],
    ['a map', new Map()],
    ['a set', new Set()],
    ['a regular expression', /x/],
    ['an error', new Error('x')],
    ['a boxed text', Object('x')],
    ['other typed arrays', new Uint16Array(1)],
    ['a buffer', new ArrayBuffer(1)],
    ['what has its own JSON', { toJSON: () => 1 }],
    ['what only says that it is a date', { [Symbol.toStringTag]: 'Date' }],
  ])('refuses %s, and says where it is', (_, value) => {
    expect(codeOf(() => encodeValue(value))).toBe('invalid-entity');
    expect(() => encodeValue({ list: [{ deep: value }] })).toThrow('"list.0.deep"');
  });

  it('refuses a cycle and what is nested too deeply, and writes all else within what a codec takes', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(codeOf(() => encodeValue(cycle))).toBe('invalid-entity');
    let deep: unknown = 1;
    for (let depth = 0; depth < MAX_DEPTH; depth++) deep = depth % 3 ? { $b: deep, a: 1 } : [deep];
    const data = {
      $Contact: { $id: { id: '$id', ...(deep as object) } },
    } as unknown as EntityKeyData;
    const got = decodeEntityKeyData(
      throughText({ file: { data: encodeEntityKeyData(data) } }, ['file', 'data']),
    );
    const entity = got['$Contact']?.['$id'];
    expect(canonicalText(entity)).toBe(canonicalText({ id: '$id', ...(deep as object) }));
    expect(codeOf(() => copyValue(deep))).toBe('none');
    for (const run of [encodeValue, copyValue])
      expect(codeOf(() => run([deep]))).toBe('invalid-entity');
  });
});

describe('decodeValue', () => {
  it.each([
    '{"$date":"yesterday"}',
    '{"$date":"2024-02-31T00:00:00.000Z"}',
    '{"$date":1}',
    '{"$undefined":false}',
    '{"$number":"1"}',
    '{"$number":1}',
    '{"$bigint":"01"}',
    '{"$bigint":1}',
    '{"$bytes":"?"}',
    '{"$bytes":[1]}',
    '{"$text":"\\"plain\\""}',
    '{"$text":"1"}',
    '{"$text":"{"}',
    '{"$object":["a"]}',
    '{"$object":{}}',
    '{"$object":["a",1,"a",2]}',
    '{"$object":[1,2]}',
    '{"$object":[{"$bigint":"1"},2]}',
    '{"$later":1}',
    '{"$nested":"{}"}',
    '{"$nested":1}',
    '{"$date":null,"a":1}',
    '{"a":1,"$date":null}',
    '1e999',
  ])('refuses %s', (text) => {
    const json: unknown = JSON.parse(text);
    expect(codeOf(() => decodeValue(json))).toBe('malformed');
    expect(codeOf(() => decodeValue([{ a: json }]))).toBe('malformed');
  });

  it('refuses any nesting that would exhaust the stack', () => {
    for (const unit of ['[', '{"a":', '{"$object":["a",']) {
      let json: unknown = 1;
      for (let depth = 0; depth < 5000; depth++)
        json = unit === '[' ? [json] : unit === '{"a":' ? { a: json } : { $object: ['a', json] };
      expect(codeOf(() => decodeValue(json))).toBe('malformed');
    }
  });

  it('gives a value or a typed error for any JSON', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('$date', '$object', '$text', 'a'),
        (json, tag) => {
          expect(['none', 'malformed']).toContain(codeOf(() => decodeValue({ [tag]: json })));
          expect(['none', 'malformed']).toContain(codeOf(() => decodeEntityKeyData(json)));
        },
      ),
      { seed: 8, numRuns: 500 },
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('decodeEntityKeyData', () => {
  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(entityKeyData, (data) => {
        const got = decodeEntityKeyData(throughText(encodeEntityKeyData(data)));
        expect(mergeEntityKeyData({}, got)).toEqual(mergeEntityKeyData({}, data));
        expect(canonicalText(got)).toBe(canonicalText(data));
      }),
      { seed: 9, numRuns: 300 },
    );
  });

  it.each([
    [1],
    [{ Contact: [] }],
    [{ Contact: { a: 1 } }],
    [{ Contact: { a: { $date: null } } }],
    [{ deleted: { Contact: { a: 1 } } }],
    [{ deleted: { Contact: { a: 'never' } } }],
    [{ deleted: { Contact: { a: ' '.repeat(40) } } }],
    [{ $object: ['Contact'] }],
    [{ Contact: {}, $object: [] }],
  ])('refuses %j', (json) => {
    expect(codeOf(() => decodeEntityKeyData(json))).toBe('malformed');
  });

  it('takes a date as a time of deletion, and refuses what is none', () => {
    const deleted = { Contact: { a: new Date(5) } } as unknown as EntityKeyData['deleted'];
    const json = encodeEntityKeyData({ deleted } as EntityKeyData);
    expect(decodeEntityKeyData(throughText(json)).deleted?.['Contact']?.['a']).toBe(
      '1970-01-01T00:00:00.005Z',
    );
    const none = { deleted: { Contact: { a: 'soon' } } } as unknown as EntityKeyData;
    expect(codeOf(() => encodeEntityKeyData(none))).toBe('invalid-entity');
  });
});
