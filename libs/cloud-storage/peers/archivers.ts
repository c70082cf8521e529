import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** A program that knows ZIP files. */
export interface Archiver {
  readonly name: string;
  /** Arguments that do nothing but answer. */
  readonly probe: readonly string[];
}

/** What the tests run when it is installed. */
export const ARCHIVERS = {
  unzip: { name: 'unzip', probe: ['-v'] },
  zip: { name: 'zip', probe: ['-v'] },
  python: { name: 'python3', probe: ['-c', 'import zipfile'] },
} as const satisfies Readonly<Record<string, Archiver>>;

/** Whether the program is there. */
export const isInstalled = ({ name, probe }: Archiver): boolean =>
  spawnSync(name, probe, { stdio: 'ignore' }).status === 0;

/** A test that needs the program; where that is missing it says so. */
export const testWith = (archiver: Archiver, title: string, test: () => Promise<void>): void => {
  if (isInstalled(archiver)) it(title, test);
  else
    it(`${title}: not tested, as ${archiver.name} is not installed`, () => {
      expect(isInstalled(archiver)).toBe(false);
    });
};

/** What the program prints. @throws when it fails */
export const run = (
  { name }: Archiver,
  words: readonly string[],
  options: { readonly cwd?: string } = {},
): string => {
  const { status, stdout, stderr } = spawnSync(name, words, {
    ...options,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${name} ${words.join(' ')}: ${stdout}${stderr}`);
  return stdout;
};

/** Python's view of a ZIP file: names and sizes, after it checked all checksums. */
export const listWithPython = (file: string): readonly (readonly [name: string, size: number])[] =>
  JSON.parse(
    run(ARCHIVERS.python, [
      '-c',
      'import json, sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint(json.dumps([[i.filename, i.file_size] for i in z.infolist()]))',
      file,
    ]),
  );
