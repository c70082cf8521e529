/** `npm run bench -- [--only NAME,NAME…]`: sets the clone up, then measures. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { nodeBinary, setUp, workspace } from './set-up.mjs';

try {
  const env = setUp({ browser: true });
  const program = join(workspace, 'apps/benchmarks/src/main.ts');
  const words = [program, ...process.argv.slice(2)];
  process.exitCode = spawnSync(nodeBinary(), words, { env, stdio: 'inherit' }).status ?? 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
