import { describe, expect, it } from 'vitest';
import { expectBytes, expectCode, listPaths, someBytes, type Bench } from './bench.js';

/** Bytes come back, writes may be repeated, nothing is written over by another size. */
export const checkFiles = (bench: Bench): void => {
  describe('files', () => {
    it.each([1, 255, 4096, 1 << 20])('gives back %i bytes of all values', async (length) => {
      const { cloud, folder } = bench;
      const bytes = someBytes(length);
      await cloud.create(`${folder}/file.bin`, bytes);
      expectBytes(await cloud.read(`${folder}/file.bin`), bytes);
    });

    it('makes all missing folders', async () => {
      const { cloud, folder } = bench;
      await cloud.create(`${folder}/a/b/c/file`, someBytes(10));
      await cloud.create(`${folder}/a/b/d/file`, someBytes(20));
      expectBytes(await cloud.read(`${folder}/a/b/c/file`), someBytes(10));
      expectBytes(await cloud.read(`${folder}/a/b/d/file`), someBytes(20));
    });

    it('succeeds when the same bytes are written again', async () => {
      const { cloud, folder } = bench;
      await cloud.create(`${folder}/file`, someBytes(1000));
      await cloud.create(`${folder}/file`, someBytes(1000));
      expectBytes(await cloud.read(`${folder}/file`), someBytes(1000));
      expect(new Set(await listPaths(bench, folder))).toEqual(new Set([`${folder}/file`]));
    });

    const title = bench.refusesOtherSize
      ? 'refuses another size with conflict and keeps the file'
      : 'leaves the newest bytes, whole, when it cannot refuse another size';
    it(title, async () => {
      const { cloud, folder, refusesOtherSize } = bench;
      const path = `${folder}/file`;
      await cloud.create(path, someBytes(1000));
      if (refusesOtherSize) await expectCode(cloud.create(path, someBytes(2000)), 'conflict');
      else await cloud.create(path, someBytes(2000));
      expectBytes(await cloud.read(path), someBytes(refusesOtherSize ? 1000 : 2000));
    });

    it('takes files at once into a folder that does not exist yet', async () => {
      const { cloud, folder } = bench;
      const paths = Array.from({ length: 12 }, (_, index) => `${folder}/new/deep/${index + 10}`);
      await Promise.all(paths.map((path) => cloud.create(path, someBytes(100))));
      expect(await listPaths(bench, `${folder}/new/deep`)).toEqual(paths);
    });

    it('takes the same file several times at once, or asks some to come again', async () => {
      const { cloud, folder } = bench;
      const bytes = someBytes(5000);
      const outcomes = await Promise.allSettled(
        [1, 2, 3, 4].map(() => cloud.create(`${folder}/file`, bytes)),
      );
      expect(outcomes.map(({ status }) => status)).toContain('fulfilled');
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason.code).toBe('unavailable');
      }
      await cloud.create(`${folder}/file`, bytes);
      expectBytes(await cloud.read(`${folder}/file`), bytes);
    });

    it('says not-found for a file that is not there', async () => {
      const { cloud, folder } = bench;
      await expectCode(cloud.read(`${folder}/absent`), 'not-found');
      await cloud.create(`${folder}/present`, someBytes(1));
      await expectCode(cloud.read(`${folder}/absent`), 'not-found');
      await expectCode(
        cloud.read(`${folder}/absent`, { range: { offset: 0, length: 5 } }),
        'not-found',
      );
    });

    it('removes a file, and may create it again', async () => {
      const { cloud, folder } = bench;
      await cloud.create(`${folder}/file`, someBytes(100));
      await cloud.create(`${folder}/other`, someBytes(100));
      await cloud.remove(`${folder}/file`);
      await expectCode(cloud.read(`${folder}/file`), 'not-found');
      expect(await listPaths(bench, folder)).toEqual([`${folder}/other`]);
      await cloud.create(`${folder}/file`, someBytes(200));
      expectBytes(await cloud.read(`${folder}/file`), someBytes(200));
    });

    it('succeeds in removing what is not there', async () => {
      const { cloud, folder } = bench;
      await cloud.remove(`${folder}/absent`);
      await cloud.create(`${folder}/file`, someBytes(1));
      await cloud.remove(`${folder}/file`);
      await cloud.remove(`${folder}/file`);
    });
  });
};
