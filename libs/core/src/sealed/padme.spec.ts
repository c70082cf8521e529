import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeThrownBy } from '../testing/thrown-by.js';
import { pad, padmeLength, unpad } from './padme.js';

describe('padmeLength', () => {
  it.each([
    [0, 0],
    [1, 1],
    [8, 8],
    [9, 10],
    [100, 104],
    [1000, 1024],
    [1025, 1088],
    [131_073, 135_168],
    [16_777_216, 16_777_216],
    [16_777_217, 17_301_504],
  ])('pads %i bytes to %i', (length, padded) => {
    expect(padmeLength(length)).toBe(padded);
  });

  it('adds at most 12 %, never shortens, keeps the order and does not change what is padded', () => {
    let last = 0;
    for (let length = 1; length < 300_000; length++) {
      const padded = padmeLength(length);
      if (padded < length || padded > 1.12 * length || padded < last) expect.fail(`${length}`);
      if (padmeLength(padded) !== padded) expect.fail(`${length}`);
      last = padded;
    }
  });

  it('holds for any length up to 4 GiB, with few lengths to tell apart', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 2 ** 32 - 1 }), (length) => {
        const padded = padmeLength(length);
        expect(padded).toBeGreaterThanOrEqual(length);
        expect(padded).toBeLessThanOrEqual(1.12 * length);
        expect(padmeLength(padded)).toBe(padded);
      }),
      { seed: 41 },
    );
    const lengths = new Set(Array.from({ length: 65_536 }, (_, at) => padmeLength(65_536 + at)));
    expect(lengths.size).toBeLessThanOrEqual(33);
  });
});

describe('pad', () => {
  it('is undone by unpad', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (content) => {
        const padded = pad(content);
        expect(padded.length).toBe(padmeLength(4 + content.length));
        expect(unpad(padded)).toEqual(content);
      }),
      { seed: 42 },
    );
  });

  it('is the only form that is read', async () => {
    const padded = pad(Uint8Array.from({ length: 996 }, (_, at) => at));
    const changed = (at: number, value: number) =>
      padded.map((byte, index) => (index === at ? value : byte));
    for (const bytes of [
      new Uint8Array(),
      padded.slice(0, 3),
      padded.slice(0, -1),
      new Uint8Array([...padded, 0]),
      changed(padded.length - 1, 1),
      changed(1000, 1),
      changed(0, 0xff),
      changed(2, 0),
    ])
      expect(await codeThrownBy(() => unpad(bytes))).toBe('malformed');
  });
});
