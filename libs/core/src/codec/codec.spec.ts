import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MAX_JSON_BYTES } from '../format/limits.js';
import { canonicalJson } from '../json/canonical-json.js';
import { meterInflating } from '../testing/metered-inflating.js';
import { codeThrownBy } from '../testing/thrown-by.js';
import { concatBytes } from './concat-bytes.js';
import { gzipCodec } from './gzip-codec.js';
import { jsonCodec } from './json-codec.js';

const context = { kind: 'delta' } as const;
const utf8 = (text: string) => new TextEncoder().encode(text);
const copyOf = (bytes: Uint8Array) => new Uint8Array(bytes);

describe.each([jsonCodec(), gzipCodec()])('$extension codec', (codec) => {
  const decode = (bytes: Uint8Array) => codec.decode(bytes, context);

  it('gives back what was encoded', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), async (value) => {
        const decoded = await decode(await codec.encode(value, context));
        expect(canonicalJson(decoded)).toBe(canonicalJson(value));
      }),
      { seed: 31, numRuns: 60 },
    );
  });

  it('encodes equal values to equal text', async () => {
    const [a, b] = [
      await codec.encode({ x: 1, y: [2] }, context),
      await codec.encode({ y: [2], x: 1 }, context),
    ];
    expect(a).toEqual(b);
  });

  it('refuses what has no JSON form', async () => {
    expect(await codeThrownBy(() => codec.encode({ x: NaN }, context))).toBe('malformed');
  });

  it('refuses to write more than the format allows', async () => {
    const value = 'x'.repeat(MAX_JSON_BYTES);
    expect(await codeThrownBy(() => codec.encode(value, context))).toBe('too-large');
  });

  it('refuses each truncation and anything after the end', async () => {
    const bytes = await codec.encode({ text: 'hello', list: [1, 2, 3] }, context);
    for (let length = 0; length < bytes.length - 1; length++)
      expect(await codeThrownBy(() => decode(bytes.slice(0, length)))).toBe('malformed');
    for (const tail of [utf8('x'), utf8('{}'), bytes, Uint8Array.of(0)])
      expect(await codeThrownBy(() => decode(concatBytes([bytes, tail])))).toBe('malformed');
  });

  it('throws nothing but FormatError for random bytes and single changed bytes', async () => {
    const bytes = await codec.encode({ text: 'hello', list: [1, 2, 3] }, context);
    const changed = fc
      .tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, mask]) => bytes.map((byte, index) => (index === at ? byte ^ mask : byte)));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 60 }), changed), async (input) => {
        expect(['none', 'malformed', 'too-large']).toContain(
          await codeThrownBy(() => decode(copyOf(input))),
        );
      }),
      { seed: 32, numRuns: 300 },
    );
  });

  it('does not keep the bytes that it was given', async () => {
    const bytes = await codec.encode({ text: 'hello' }, context);
    const decoded = await decode(bytes);
    bytes.fill(0);
    expect(decoded).toEqual({ text: 'hello' });
  });
});

describe('jsonCodec', () => {
  it('writes one line, so that concatenated segments are JSON Lines', async () => {
    const bytes = await jsonCodec().encode({ b: 'ü\n', a: 1 }, context);
    expect(new TextDecoder().decode(bytes)).toBe('{"a":1,"b":"ü\\n"}\n');
  });

  it('refuses bytes that are not UTF-8, and a byte order mark', async () => {
    const codec = jsonCodec();
    for (const bytes of [Uint8Array.of(0x22, 0xff, 0x22), utf8('\ufeff1'), utf8('')])
      expect(await codeThrownBy(() => codec.decode(bytes, context))).toBe('malformed');
  });

  it('refuses more than 16 MiB without parsing them', async () => {
    const bytes = new Uint8Array(MAX_JSON_BYTES + 1);
    expect(await codeThrownBy(() => jsonCodec().decode(bytes, context))).toBe('too-large');
  });
});

describe('gzipCodec', () => {
  afterEach(() => void vi.unstubAllGlobals());

  it('writes a file that standard tools open, and several after each other', async () => {
    const codec = gzipCodec();
    const [a, b] = [await codec.encode([1], context), await codec.encode([2], context)];
    expect(gunzipSync(a).toString()).toBe('[1]\n');
    expect(gunzipSync(concatBytes([a, b])).toString()).toBe('[1]\n[2]\n');
  });

  it('reads what other tools write', async () => {
    expect(await gzipCodec().decode(copyOf(gzipSync('{"a":1}')), context)).toEqual({ a: 1 });
  });

  it('stops inflating a bomb at the limit', async () => {
    const bomb = copyOf(gzipSync(Buffer.alloc(128 * 1024 * 1024)));
    const inflated = meterInflating();
    expect(await codeThrownBy(() => gzipCodec().decode(bomb, context))).toBe('too-large');
    expect(inflated()).toBeGreaterThan(MAX_JSON_BYTES);
    expect(inflated()).toBeLessThan(1.1 * MAX_JSON_BYTES);
  });

  it('inflates exactly to the limit', async () => {
    const text = JSON.stringify('x'.repeat(MAX_JSON_BYTES - 2));
    const decoded = await gzipCodec().decode(copyOf(gzipSync(text)), context);
    expect(decoded).toHaveLength(MAX_JSON_BYTES - 2);
    const above = copyOf(gzipSync(`${text} `));
    expect(await codeThrownBy(() => gzipCodec().decode(above, context))).toBe('too-large');
  });
});
