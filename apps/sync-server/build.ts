/**
 * Bundles the server and our libraries into `dist/apps/sync-server`: `main.js` is the program, `index.js` is for a program that starts it in its own process.
 * What npm brings stays in `node_modules`.
 */
import { join } from 'node:path';
import { build } from 'esbuild';

const workspace = join(import.meta.dirname, '../..');

await build({
  entryPoints: ['main', 'index'].map((name) => join(import.meta.dirname, `src/${name}.ts`)),
  outdir: join(workspace, 'dist/apps/sync-server'),
  tsconfig: join(workspace, 'tsconfig.base.json'),
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: true,
  logLevel: 'warning',
});
