import { join } from 'node:path';
import { build } from 'esbuild';

const workspace = join(import.meta.dirname, '../../..');

/**
 * One program from the sources of the benchmarks and of our libraries, as an application would get it; written to
 * `tmp/bench`. Gives the path of the file.
 */
export async function bundle(entry: string, platform: 'node' | 'browser'): Promise<string> {
  const outfile = join(workspace, 'tmp/bench', `${platform}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, entry)],
    outfile,
    bundle: true,
    minify: platform === 'browser',
    format: 'esm',
    platform,
    target: 'es2022',
    packages: platform === 'node' ? 'external' : 'bundle',
    tsconfig: join(workspace, 'tsconfig.base.json'),
    external: platform === 'browser' ? ['node:*'] : [],
    logLevel: 'error',
  });
  return outfile;
}
