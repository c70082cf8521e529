/** `npm run check -- <project>`: the quick look at one project while working on it. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setUp, workspace } from './set-up.mjs';

const project = process.argv[2];

/** @param {string} name */
function findFolder(name) {
  const folders = [`libs/${name}`, `apps/${name}`, name];
  const folder = folders.find((candidate) =>
    existsSync(join(workspace, candidate, 'project.json')),
  );
  if (folder) return folder;
  throw new Error(`There is no project "${name}" in libs/ or apps/.`);
}

try {
  if (!project)
    throw new Error('Usage: npm run check -- <project>, such as "npm run check -- core"');
  const folder = findFolder(project);
  const env = setUp({ browser: true });
  const targets = ['lint', 'typecheck', 'test', 'test-browser'];
  const commands = [
    ['prettier', '--check', folder],
    ['nx', 'run-many', '-p', project, '-t', ...targets, '--parallel=2', '--outputStyle=static'],
  ];
  const failed = commands.filter(([command = '', ...words]) => {
    const options = { cwd: workspace, env, stdio: /** @type {const} */ ('inherit') };
    return spawnSync(command, words, options).status !== 0;
  });
  console.log(failed.length === 0 ? `${project} is fine` : `${project}: ${failed.length} failed`);
  process.exitCode = failed.length;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
