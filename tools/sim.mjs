/** `npm run sim -- [--seeds N] [--from S] [--jobs J]`: sets the clone up, then simulates. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { nodeBinary, setUp } from './set-up.mjs';

try {
  const env = setUp();
  const program = join(import.meta.dirname, 'sim/main.ts');
  const words = [program, ...process.argv.slice(2)];
  process.exitCode = spawnSync(nodeBinary(), words, { env, stdio: 'inherit' }).status ?? 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
