import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type PackageJson, readPackageJson } from '../package-json.ts';

const workspace = join(import.meta.dirname, '../..');

/**
 * Packs the packages in `folders` and unpacks the archives in `app`, as npm would. What they and the application declare
 * is linked from the workspace, and nothing else: an import of anything undeclared fails.
 */
export function installPackages(app: string, folders: readonly string[]): void {
  const archives = join(app, 'archives');
  mkdirSync(archives);
  for (const folder of folders) {
    execute('npm', ['pack', folder, '--pack-destination', archives, '--silent'], app);
    const { name, version } = readPackageJson(folder);
    const archive = `${name.slice(1).replace('/', '-')}-${version}.tgz`;
    const target = join(app, 'node_modules', name);
    mkdirSync(target, { recursive: true });
    const words = ['-xzf', join(archives, archive), '-C', target, '--strip-components=1'];
    execute('tar', words, app);
  }
  const manifests = [app, ...folders].map((folder) => readPackageJson(folder));
  for (const name of new Set(manifests.flatMap(declaredPackages))) linkFromWorkspace(app, name);
}

function declaredPackages(manifest: PackageJson): readonly string[] {
  const { dependencies, devDependencies, peerDependencies } = manifest;
  return Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies });
}

function linkFromWorkspace(app: string, name: string): void {
  const link = join(app, 'node_modules', name);
  if (existsSync(link)) return;
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(join(workspace, 'node_modules', name), link);
}

function execute(program: string, words: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(program, words, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}\n${stdout}${stderr}`);
}
