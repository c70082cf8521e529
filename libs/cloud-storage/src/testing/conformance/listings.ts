import { describe, expect, it } from 'vitest';
import { forEachOf, listPaths, someBytes, type Bench } from './bench.js';

/** A listing has all files of the folder and nothing else. */
export const checkListings = (bench: Bench): void => {
  describe('listings', () => {
    it('are empty for a folder that does not exist', async () => {
      const { cloud, folder } = bench;
      expect(await cloud.list(folder)).toEqual([]);
      expect(await cloud.list(`${folder}/a/b`)).toEqual([]);
      expect(await cloud.listFolders(folder)).toEqual([]);
    });

    it('show path, size, and the time in UTC', async () => {
      const { cloud, folder, settle } = bench;
      await cloud.create(`${folder}/sub/file.json.gz`, someBytes(1234));
      await settle();
      const [file, ...others] = await cloud.list(`${folder}/sub`);
      expect(others).toEqual([]);
      expect(file).toMatchObject({ path: `${folder}/sub/file.json.gz`, size: 1234 });
      expect(file?.modifiedAt).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    });

    it('show files without sub-folders, and sub-folders without files', async () => {
      const { cloud, folder } = bench;
      const names = ['file', 'x/file', 'x/deep/file', 'y/file'];
      await forEachOf(names, 1, (name) => cloud.create(`${folder}/${name}`, someBytes(5)));
      expect(await listPaths(bench, folder)).toEqual([`${folder}/file`]);
      expect([...(await cloud.listFolders(folder))].sort()).toEqual(['x', 'y']);
      expect(await cloud.listFolders(`${folder}/x`)).toEqual(['deep']);
      expect(await cloud.listFolders(`${folder}/x/deep`)).toEqual([]);
    });

    it('do not mix up folders whose names begin alike', async () => {
      const { cloud, folder } = bench;
      await cloud.create(`${folder}/20/file`, someBytes(5));
      await cloud.create(`${folder}/2024/file`, someBytes(5));
      expect(await listPaths(bench, `${folder}/20`)).toEqual([`${folder}/20/file`]);
      expect(await cloud.listFolders(`${folder}/20`)).toEqual([]);
    });

    it('work at the root of the storage', async () => {
      const { cloud, folder, settle } = bench;
      await cloud.create(`${folder}/file`, someBytes(5));
      await settle();
      expect(await cloud.listFolders('')).toContain(folder);
      expect((await cloud.list('')).map(({ path }) => path)).not.toContain(folder);
    });

    it(`show all of ${bench.folderFiles.toLocaleString('en')} files`, async () => {
      const { cloud, folder, folderFiles } = bench;
      const paths = Array.from(
        { length: folderFiles },
        (_, index) => `${folder}/many/20240131T101530123Z_${index + 100_000}.json.gz`,
      );
      await forEachOf(paths, 8, (path) => cloud.create(path, someBytes(3)));
      expect(await listPaths(bench, `${folder}/many`)).toEqual(paths);
    });
  });
};
