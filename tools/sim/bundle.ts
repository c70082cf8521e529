import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const workspace = join(import.meta.dirname, '../..');

/** The test kits of our libraries name the test runner, which a simulation never calls. */
const withoutTestRunner: Plugin = {
  name: 'without-test-runner',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^vitest$/ }, ({ path }) => ({ path, namespace: 'absent' }));
    onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** The simulation as one program from the sources, in `tmp/sim`, which a process starts in a moment. Gives the path of the file. */
export async function bundleWorker(): Promise<string> {
  const outfile = join(workspace, 'tmp/sim', `worker-${process.pid}.mjs`);
  await build({
    entryPoints: [join(workspace, 'libs/vault-engine/src/simulation/worker.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    sourcemap: 'inline',
    tsconfig: join(workspace, 'tsconfig.base.json'),
    plugins: [withoutTestRunner],
    logLevel: 'error',
  });
  return outfile;
}
