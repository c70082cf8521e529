import { describe, expect, it } from 'vitest';
import { expectBytes, expectCode, listPaths, someBytes, type Bench } from './bench.js';

/** Names that our formats make, and those that an app may choose for its base folder. */
const NAMES = [
  '20240131T101530123Z_018d5e3c-6a8b-7c3d-9e4f-5a6b7c8d9e0f_0123456789abcdef.json.gz.enc',
  'chat_vault_2024_01_018d5e3c-6a8b-7c3d-9e4f-5a6b7c8d9e0f.json',
  'with spaces in it',
  'Grüße, ça va',
  '日本語 チャット',
  'emoji 😀👨‍👩‍👧',
  '100% and %41 and %2F',
  'a+b&c=d',
  'what? #1',
  "it's; [x] {y} (z) @~!$,^`",
  'two..dots',
] as const;

const REFUSED = [
  '/absolute',
  'a//b',
  'a/',
  '.',
  'a/../b',
  '../a',
  'a/./b',
  'a\\b',
  '..\\a',
  'nul\u0000',
  'line\nbreak',
  'half \ud83d',
] as const;

/** Any name of the grammar survives; a path that could leave the storage is refused. */
export const checkNames = (bench: Bench): void => {
  describe('names', () => {
    it.each(NAMES)('keeps %j for a file and for a folder', async (name) => {
      const { cloud, folder } = bench;
      const paths = [`${folder}/${name}`, `${folder}/x ${name}/${name}`];
      for (const path of paths) await cloud.create(path, someBytes(path.length));
      for (const path of paths) expectBytes(await cloud.read(path), someBytes(path.length));
      expect(await listPaths(bench, folder)).toEqual([paths[0]]);
      expect(await cloud.listFolders(folder)).toEqual([`x ${name}`]);
      expect(await listPaths(bench, `${folder}/x ${name}`)).toEqual([paths[1]]);
      for (const path of paths) await cloud.remove(path);
      expect(await listPaths(bench, folder)).toEqual([]);
    });

    it.each(REFUSED)('refuses the path %j', async (path) => {
      const { cloud } = bench;
      await expectCode(cloud.create(path, someBytes(1)), 'invalid');
      await expectCode(cloud.read(path), 'invalid');
      await expectCode(cloud.remove(path), 'invalid');
      await expectCode(cloud.list(path), 'invalid');
      await expectCode(cloud.listFolders(path), 'invalid');
    });

    it('refuses a file without a name', async () => {
      await expectCode(bench.cloud.create('', someBytes(1)), 'invalid');
      await expectCode(bench.cloud.read(''), 'invalid');
      await expectCode(bench.cloud.remove(''), 'invalid');
    });
  });
};
