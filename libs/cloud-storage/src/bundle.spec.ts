import { relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { alias } from '../../../vitest.base.ts';

/** Bytes, minified and gzipped. */
interface PageBytes {
  /** What is loaded at once: the entry and what it imports statically. */
  readonly initial: number;
  /** With what is fetched when it is first needed. */
  readonly total: number;
}

/** What a page loads for these entry points; fails when one needs what only Node has. */
const pageBytes = async (...entryPoints: readonly string[]): Promise<PageBytes> => {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: entryPoints.map((entry) => `export * from './${entry}';`).join('\n'),
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    absWorkingDir: import.meta.dirname,
    outdir: 'out',
    write: false,
    metafile: true,
    plugins: [
      {
        name: 'sources',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^@chat-vault\// }, ({ path }) => {
            const source = alias.find(({ find }) => find.test(path));
            return source && { path: source.replacement, sideEffects: false };
          }),
      },
    ],
  });
  const bytes = new Map(
    outputFiles.map(({ path, contents }) => [
      relative(import.meta.dirname, path),
      gzipSync(contents).length,
    ]),
  );
  const sum = (paths: Iterable<string>) =>
    [...paths].reduce((total, path) => total + (bytes.get(path) ?? 0), 0);
  return { initial: sum(loadedAtOnce(metafile)), total: sum(bytes.keys()) };
};

/** The entry, and the chunks that it imports statically. */
const loadedAtOnce = ({ outputs }: Metafile): ReadonlySet<string> => {
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const { kind, path: next, external } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && !external) visit(next);
  };
  for (const [path, { entryPoint }] of Object.entries(outputs))
    if (entryPoint === '<stdin>') visit(path);
  return found;
};

const KB = 1024;
const shared = ['index.ts', 'memory/index.ts'];

/** What a driver adds to a page. */
const driverBytes = async (driver: string): Promise<PageBytes> => {
  const [page, base] = [
    await pageBytes(...shared, `${driver}/index.ts`),
    await pageBytes(...shared),
  ];
  return { initial: page.initial - base.initial, total: page.total - base.total };
};

describe('a page', () => {
  it.each([
    { driver: 'directory', total: 6 },
    { driver: 'webdav', total: 6 },
    // With the library that signs.
    { driver: 's3', total: 9 },
    // With the sign-in, and uploads of large files.
    { driver: 'google-drive', total: 9 },
    { driver: 'dropbox', total: 10 },
    { driver: 'onedrive', total: 10 },
  ])(
    'pays at most 6 KB at once for the driver $driver, and $total KB in all',
    async ({ driver, total }) => {
      const bytes = await driverBytes(driver);
      expect(bytes.initial).toBeGreaterThan(KB);
      expect(bytes.initial).toBeLessThanOrEqual(6 * KB);
      expect(bytes.total).toBeLessThanOrEqual(total * KB);
    },
  );

  it('pays at most 42 KB for the driver zip, with the library that it needs', async () => {
    expect((await driverBytes('zip')).total).toBeLessThanOrEqual(42 * KB);
  });

  it('pays at most 3 KB for the page that takes the answer of a sign-in', async () => {
    expect((await pageBytes('oauth/index.ts')).total).toBeLessThanOrEqual(3 * KB);
  });

  it('pays at most 3 KB for the port, retrying and the memory cloud', async () => {
    expect((await pageBytes(...shared)).total).toBeLessThanOrEqual(3 * KB);
  });
});
