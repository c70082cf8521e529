import { describe, it } from 'vitest';
import { expectBytes, expectCode, someBytes, type Bench } from './bench.js';

/** A part of a file is exactly the bytes asked for, or those that there are. */
export const checkRanges = (bench: Bench): void => {
  describe('ranges', () => {
    it.each([
      ['the beginning', 0, 1],
      ['the middle', 1000, 500],
      ['the end', 2900, 100],
      ['everything', 0, 3000],
      ['more than everything', 0, 99_999],
      ['past the end', 2990, 100],
      ['from the end on', 3000, 10],
      ['from far behind the end on', 1_000_000, 10],
      ['nothing', 100, 0],
    ])('reads %s', async (_, offset, length) => {
      const { cloud, folder } = bench;
      const bytes = someBytes(3000);
      await cloud.create(`${folder}/file`, bytes);
      const part = await cloud.read(`${folder}/file`, { range: { offset, length } });
      expectBytes(part, bytes.slice(offset, offset + length));
    });

    it.each([
      [-1, 5],
      [0, -5],
      [0.5, 5],
      [0, Number.NaN],
    ])('refuses a range from %d of %d bytes', async (offset, length) => {
      const { cloud, folder } = bench;
      await cloud.create(`${folder}/file`, someBytes(10));
      await expectCode(cloud.read(`${folder}/file`, { range: { offset, length } }), 'invalid');
    });

    it('reads several parts of one file at once', async () => {
      const { cloud, folder } = bench;
      const bytes = someBytes(64 * 1024);
      await cloud.create(`${folder}/file`, bytes);
      await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const range = { offset: index * 8192, length: 8192 };
          const part = await cloud.read(`${folder}/file`, { range });
          expectBytes(part, bytes.slice(range.offset, range.offset + range.length));
        }),
      );
    });
  });
};
