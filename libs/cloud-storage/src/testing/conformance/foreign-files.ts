import { describe, expect, it } from 'vitest';
import { isPathPart } from '../../path/cloud-path.js';
import { CloudError } from '../../port/cloud-error.js';
import { expectBytes, someBytes, type Bench } from './bench.js';

/** What people and programs leave in folders, and what looks like something else than a name. */
const FOREIGN_NAMES = [
  'desktop.ini',
  'Thumbs.db',
  '.DS_Store',
  '._file.json.gz',
  '.~lock.file.json.gz#',
  '~$file.json.gz',
  'file.json.gz.part',
  'file.json.gz.crswap',
  "file (Anna's conflicted copy 2024-01-31).json.gz",
  'file (1).json.gz',
  'FILE.JSON.GZ.TXT',
  ' begins with a space',
  'ends with a space ',
  'ends with a dot.',
  '%2e%2e%2Ffile %zz <b>&amp;"',
  '__proto__',
  'null',
  'Gru\u0308\u00dfe, \u65e5\u672c\u8a9e, \ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67',
  '\u202egpj.exe',
  `${'long '.repeat(40)}name`,
] as const;

/** Names that no driver of ours would write; only another program can. */
const OUTSIDE_NAMES = ['back\\slash', 'line\nbreak', 'bell\u0007'] as const;

/** Files of other programs are nobody's business: they are shown or not, and ours are right beside them. */
export const checkForeignFiles = (bench: Bench): void => {
  describe('files of other programs', () => {
    it('leave ours as they are', async () => {
      const { cloud, folder, plant, settle } = bench;
      const own = ['a', 'file', 'z'].map((name) => `${folder}/${name}.json.gz`);
      for (const path of own) await cloud.create(path, someBytes(100));
      if (plant) {
        for (const name of [...FOREIGN_NAMES, ...OUTSIDE_NAMES]) {
          await plant(`${folder}/${name}`, someBytes(50));
        }
      } else {
        for (const name of FOREIGN_NAMES) await createOrRefuse(bench, `${folder}/${name}`);
      }
      await settle();
      const files = await cloud.list(folder);
      for (const { path, size, modifiedAt } of files) {
        expect(path.startsWith(`${folder}/`) && isPathPart(path.slice(folder.length + 1))).toBe(
          true,
        );
        expect(size).toBe(own.includes(path) ? 100 : 50);
        expect(modifiedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      }
      expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(own));
      expect(await cloud.listFolders(folder)).toEqual([]);
      for (const path of own) expectBytes(await cloud.read(path), someBytes(100));
      await cloud.remove(own[1] ?? '');
      await settle();
      const left = (await cloud.list(folder)).map(({ path }) => path);
      expect(left).toHaveLength(files.length - 1);
      expect(left).not.toContain(own[1]);
    });
  });
};

/** Some services have no place for some names, and say so. */
const createOrRefuse = async ({ cloud }: Bench, path: string): Promise<void> => {
  try {
    await cloud.create(path, someBytes(50));
  } catch (error) {
    if (!(error instanceof CloudError) || !['invalid', 'forbidden'].includes(error.code))
      throw error;
  }
};
