/** `npm test`: sets the clone up, then runs every check with the Node that the tools need. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { nodeBinary, setUp } from './set-up.mjs';

try {
  const env = setUp({ browser: true, servers: true });
  const runner = join(import.meta.dirname, 'checks/main.ts');
  const { status } = spawnSync(nodeBinary(), [runner, ...process.argv.slice(2)], {
    env,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
