/** `npm start`: sets the clone up, builds the messenger and the sync server when their sources changed, and runs both. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { nodeBinary, setUp, workspace } from './set-up.mjs';

const words = process.argv.slice(2);
const parent = process.ppid;

/** @param {NodeJS.ProcessEnv} env */
function build(env) {
  console.log('Building the messenger (the first time takes a minute)…');
  const { status, stdout, stderr } = spawnSync(
    'nx',
    ['run-many', '-t', 'build', '-p', 'messenger,sync-server'],
    {
      cwd: workspace,
      env,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    },
  );
  if (status !== 0) throw new Error(`The messenger does not build:\n${stdout}${stderr}`);
}

/** @param {NodeJS.ProcessEnv} env */
function serve(env) {
  const main = join(workspace, 'apps/messenger-server/src/main.ts');
  const server = spawn(nodeBinary(), [main, ...words], { env, stdio: 'inherit' });
  // A terminal interrupts both of us: the server closes by itself, and we end with it.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => server.kill('SIGTERM'));
  endWithParent(() => server.kill('SIGTERM'));
  server.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}

/**
 * npm passes a signal on to the shell between us, which ends without passing it on: then we are adopted by another process.
 * @param {() => void} end
 */
function endWithParent(end) {
  if (!process.env['npm_lifecycle_event']) return;
  setInterval(() => process.ppid === parent || end(), 500).unref();
}

try {
  const env = setUp();
  if (!words.some((word) => ['--no-build', '--help', '-h'].includes(word))) build(env);
  serve(env);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
