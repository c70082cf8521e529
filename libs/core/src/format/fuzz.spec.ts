import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJson } from '../codec/json-codec.js';
import { gunzip } from '../codec/gzip-codec.js';
import { goldenBytes } from '../testing/golden.js';
import { codeThrownBy } from '../testing/thrown-by.js';
import { parseCatalog } from './parse-catalog.js';
import { parseManifest } from './parse-manifest.js';
import { parseVault } from './vault.js';

const CODES = ['none', 'malformed', 'too-large', 'upgrade-required'];
const PIECES = [
  '"__proto__":{"x":1},',
  '"constructor":{"prototype":{"x":1}},',
  '[[[[[[[[',
  '1e999',
  '-0',
  '\\ud800',
  '\\u0000',
  'null',
  '9007199254740993',
  '"',
  '{}',
  '',
];

/** A file changed at one or two places: a byte, a span that is cut out or doubled, or a hostile piece put in. */
function mutants(text: string): fc.Arbitrary<string> {
  const place = fc.nat(text.length);
  const change = fc.oneof(
    fc.tuple(place, fc.integer({ min: 0x20, max: 0x17f })).map(([at, code]) => ({
      at,
      until: at + 1,
      by: String.fromCharCode(code),
    })),
    fc.tuple(place, fc.nat(40)).map(([at, length]) => ({ at, until: at + length, by: '' })),
    fc
      .tuple(place, fc.nat(40))
      .map(([at, length]) => ({ at, until: at, by: text.slice(at, at + length) })),
    fc.tuple(place, fc.constantFrom(...PIECES)).map(([at, by]) => ({ at, until: at, by })),
  );
  return fc
    .array(change, { minLength: 1, maxLength: 2 })
    .map((changes) =>
      changes.reduce(
        (changed, { at, until, by }) => changed.slice(0, at) + by + changed.slice(until),
        text,
      ),
    );
}

describe.each([
  ['delta', parseVault as (json: unknown) => unknown],
  ['old-delta', parseVault],
  ['manifest', parseManifest],
  ['catalog', parseCatalog],
])('a mutated %s', (name, parse) => {
  const text = new TextDecoder().decode(goldenBytes(`${name}.golden`, new Uint8Array()));

  it('is read or refused by a FormatError, and pollutes no prototype', async () => {
    await fc.assert(
      fc.asyncProperty(mutants(text), async (mutant) => {
        const bytes = new TextEncoder().encode(mutant);
        expect(CODES).toContain(await codeThrownBy(() => parse(decodeJson(bytes))));
        expect('x' in {}).toBe(false);
      }),
      { seed: 91, numRuns: 1500 },
    );
  });
});

describe('a mutated gzip file', () => {
  const golden = goldenBytes('delta.gz.golden', new Uint8Array());

  it('is read or refused by a FormatError', async () => {
    const changed = fc
      .array(fc.tuple(fc.nat(golden.length - 1), fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
        maxLength: 3,
      })
      .map((changes) => {
        const bytes = golden.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      });
    await fc.assert(
      fc.asyncProperty(changed, async (bytes) => {
        const read = async () => parseVault(decodeJson(await gunzip(bytes)));
        expect(CODES).toContain(await codeThrownBy(read));
      }),
      { seed: 92, numRuns: 300 },
    );
  });
});
