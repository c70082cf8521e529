/** `node tools/with-set-up.mjs "command line"…`: sets the clone up, then runs each command line until one fails. */
import { spawnSync } from 'node:child_process';
import { setUp, workspace } from './set-up.mjs';

try {
  const env = setUp({ browser: true });
  for (const command of process.argv.slice(2)) {
    const { status } = spawnSync(command, { cwd: workspace, env, stdio: 'inherit', shell: true });
    if (status !== 0) {
      process.exitCode = status ?? 1;
      break;
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
