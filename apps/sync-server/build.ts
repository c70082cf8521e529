/** Bundles the server and our libraries into `dist/apps/sync-server/main.js`; what npm brings stays in `node_modules`. */
import { join } from 'node:path';
import { build } from 'esbuild';

const workspace = join(import.meta.dirname, '../..');

await build({
  entryPoints: [join(import.meta.dirname, 'src/main.ts')],
  outfile: join(workspace, 'dist/apps/sync-server/main.js'),
  tsconfig: join(workspace, 'tsconfig.base.json'),
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: true,
  logLevel: 'warning',
});
