/**
 * Bundles the service worker into `dist/apps/live-worker/live-worker.js`, which the build of the messenger takes as an asset: Angular's
 * builder bundles workers of pages only. A plain script, so that every browser takes it, also one with `importScripts` in it.
 */
import { join } from 'node:path';
import { build } from 'esbuild';

const workspace = join(import.meta.dirname, '../..');

await build({
  entryPoints: [join(import.meta.dirname, 'src/live-worker.ts')],
  outfile: join(workspace, 'dist/apps/live-worker/live-worker.js'),
  tsconfig: join(workspace, 'tsconfig.base.json'),
  bundle: true,
  minify: true,
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  legalComments: 'none',
  logLevel: 'warning',
});
