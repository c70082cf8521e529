import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { alias } from '../../../vitest.base.ts';

/** Bytes, minified and gzipped, that a page loads for these entry points; fails when one needs what only Node has. */
const pageBytes = async (...entryPoints: readonly string[]): Promise<number> => {
  const bundle = await build({
    stdin: {
      contents: entryPoints.map((entry) => `export * from './${entry}';`).join('\n'),
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
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
  return gzipSync(bundle.outputFiles[0]?.contents ?? '').length;
};

describe('a page', () => {
  const shared = ['index.ts', 'memory/index.ts'];

  it.each(['directory', 'webdav', 's3'])('pays at most 6 KB for the driver %s', async (driver) => {
    const added = (await pageBytes(...shared, `${driver}/index.ts`)) - (await pageBytes(...shared));
    expect(added).toBeLessThanOrEqual(6 * 1024);
  });

  it('pays at most 42 KB for the driver zip, with the library that it needs', async () => {
    const added = (await pageBytes(...shared, 'zip/index.ts')) - (await pageBytes(...shared));
    expect(added).toBeLessThanOrEqual(42 * 1024);
  });

  it.each(['google-drive', 'dropbox', 'onedrive'])(
    'pays at most 9 KB for the driver %s with its sign-in',
    async (driver) => {
      const added =
        (await pageBytes(...shared, `${driver}/index.ts`)) - (await pageBytes(...shared));
      expect(added).toBeLessThanOrEqual(9 * 1024);
    },
  );

  it('pays at most 3 KB for the page that takes the answer of a sign-in', async () => {
    expect(await pageBytes('oauth/index.ts')).toBeLessThanOrEqual(3 * 1024);
  });

  it('pays at most 3 KB for the port, retrying and the memory cloud', async () => {
    expect(await pageBytes(...shared)).toBeLessThanOrEqual(3 * 1024);
  });
});
