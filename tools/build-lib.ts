/**
 * Builds one framework-free library: `node tools/build-lib.ts <lib>` gives `dist/libs/<lib>`, the folder that is packed
 * and published. TypeScript compiles file by file (what it imports from our other libraries is read from their own
 * `dist`), so every entry point named in the library's package.json is an ordinary folder of the package.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPackage, type PackageJson } from './package-json.ts';

const workspace = join(import.meta.dirname, '..');

/** What every published package.json says besides its library's own. */
const COMMON_FIELDS = { author: 'Chat Vault contributors', engines: { node: '>=22' } } as const;

function buildLib(lib: string): void {
  const source = join(workspace, 'libs', lib);
  const target = join(workspace, 'dist/libs', lib);
  rmSync(target, { recursive: true, force: true });
  const compiler = join(workspace, 'node_modules/typescript/bin/tsc');
  const compiled = spawnSync(
    process.execPath,
    [compiler, '-p', join(source, 'tsconfig.lib.json'), '--outDir', target],
    { cwd: workspace, stdio: 'inherit' },
  );
  if (compiled.status !== 0) throw new Error(`build ${lib}: the compiler found errors, see above`);

  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as PackageJson;
  const published = { ...manifest, ...COMMON_FIELDS };
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(published, undefined, 2)}\n`);
  cpSync(join(workspace, 'LICENSE'), join(target, 'LICENSE'));
  const readme = join(source, 'README.md');
  if (existsSync(readme)) cpSync(readme, join(target, 'README.md'));

  const problems = checkPackage(target);
  if (problems.length > 0) throw new Error(`build ${lib}:\n  ${problems.join('\n  ')}`);
}

try {
  const [lib] = process.argv.slice(2);
  if (lib === undefined) throw new Error('usage: node tools/build-lib.ts <a folder of libs/>');
  buildLib(lib);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
