import fc from 'fast-check';

const deep = (depth: number, open: string, close: string): string =>
  open.repeat(depth) + close.repeat(depth);

/** Texts that a parser of JSON may choke on, or that mean something to a careless reader: deep, huge, doubled, polluting, torn. */
export const HOSTILE_JSON: readonly string[] = [
  '',
  'null',
  '[]',
  '{}',
  '"',
  '{"a":1,"a":2}',
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"toString":1,"toJSON":1,"length":-1}',
  '1e999',
  '-1e999',
  '-0',
  '9007199254740993',
  '1'.repeat(5000),
  '0.'.padEnd(5000, '1'),
  'NaN',
  'Infinity',
  '"\\ud800"',
  '"\\u0000"',
  '\ufeff{}',
  '[[[[',
  deep(99, '[', ']'),
  deep(101, '[', ']'),
  deep(20_000, '[', ']'),
  '['.repeat(20_000),
  deep(10_000, '{"a":', '}').replace('}', '1}'),
  '{"a":'.repeat(8_000),
  `"${'x'.repeat(50_000)}"`,
  `{"${'k'.repeat(50_000)}":1}`,
  `[${'0,'.repeat(20_000)}0]`,
  `{${Array.from({ length: 3000 }, (_, at) => `"k${at}":{}`).join()}}`,
];

/** Any of them, or a value with strange names and numbers. */
export const hostileJson = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...HOSTILE_JSON),
    fc.json({ maxDepth: 4 }),
    fc
      .dictionary(fc.constantFrom('__proto__', 'constructor', 'version', ''), fc.jsonValue())
      .map((value) => JSON.stringify(value)),
  );
