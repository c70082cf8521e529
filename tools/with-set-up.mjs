/**
 * `node tools/with-set-up.mjs "command line"… [--option]…`: sets the clone up, then runs each command line until one fails;
 * the options go to the last one.
 */
import { spawnSync } from 'node:child_process';
import { setUp, workspace } from './set-up.mjs';

try {
  const env = setUp({ browser: true });
  const words = process.argv.slice(2);
  const options = words.filter((word) => word.startsWith('-'));
  const commands = words.filter((word) => !word.startsWith('-'));
  for (const [index, line] of commands.entries()) {
    const command = [line, ...(index === commands.length - 1 ? options : [])].join(' ');
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
