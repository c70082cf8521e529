import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { type Ablation } from './ablations.ts';

const workspace = join(import.meta.dirname, '../..');

/** The test kits of our libraries name the test runner, which a simulation never calls. */
const withoutTestRunner: Plugin = {
  name: 'without-test-runner',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^vitest$/ }, ({ path }) => ({ path, namespace: 'absent' }));
    onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** The sources without one rule. */
const without = ({ rule, file, find, replace }: Ablation): Plugin => ({
  name: 'without-a-rule',
  setup({ onLoad }) {
    const filter = new RegExp(`/${file.replaceAll('.', String.raw`\.`)}$`);
    onLoad({ filter }, async ({ path }) => {
      const parts = (await readFile(path, 'utf8')).split(find);
      if (parts.length !== 2) throw new Error(`"${rule}" is not in ${file} as it was`);
      return { contents: parts.join(replace), loader: 'ts' };
    });
  },
});

/** The simulation as one program from the sources, in `tmp/sim`, which a process starts in a moment. Gives the path of the file. */
export async function bundleWorker(ablation?: Ablation): Promise<string> {
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
    plugins: [withoutTestRunner, ...(ablation ? [without(ablation)] : [])],
    logLevel: 'error',
  });
  return outfile;
}
