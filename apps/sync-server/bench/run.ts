/**
 * `node apps/sync-server/bench/run.ts [flush] [pull] [live] [memory] [rows]`: builds the server and the benchmarks, and measures
 * these or all on a PostgreSQL of its own that writes as safely as in production.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';

const workspace = join(import.meta.dirname, '../../..');
const outfile = join(workspace, 'tmp/bench/sync-server.mjs');

await import('../build.ts');
await build({
  entryPoints: [join(import.meta.dirname, 'main.ts')],
  outfile,
  tsconfig: join(workspace, 'tsconfig.base.json'),
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node24',
  format: 'esm',
  logLevel: 'warning',
});
process.exitCode =
  spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { stdio: 'inherit' }).status ??
  1;
