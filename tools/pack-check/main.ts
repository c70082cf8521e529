/**
 * What a stranger meets who installs the packages: packs all of them, installs the archives in an application outside
 * the workspace that has nothing but what they declare, compiles it and the code of our documents with Angular's own
 * builder, and runs it in Chromium, where it saves a message, syncs it, and says "ok".
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage } from '../package-json.ts';
import { writeDocumentCode } from './document-code.ts';
import { installPackages } from './install-packages.ts';
import { openInChromium } from './open-in-chromium.ts';

const workspace = join(import.meta.dirname, '../..');

function run(folder: string, program: string, ...words: readonly string[]): void {
  const path = join(workspace, 'node_modules/.bin', program);
  const { status, stdout, stderr } = spawnSync(path, words, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}\n${stdout}${stderr}`);
}

async function check(app: string): Promise<void> {
  const libs = join(workspace, 'dist/libs');
  const packages = readdirSync(libs).map((name) => join(libs, name));
  const problems = packages.flatMap((folder) => checkPackage(folder));
  if (problems.length > 0) throw new Error(problems.join('\n'));

  cpSync(join(import.meta.dirname, 'app'), app, { recursive: true });
  installPackages(app, packages);
  console.log(`installed ${packages.length} packages`);

  const documents = writeDocumentCode(app);
  run(app, 'ngc', '-p', 'tsconfig.json', '--noEmit');
  console.log(`compiled the application and ${documents} pieces of code of the documents`);

  run(app, 'ng', 'build');
  const text = await openInChromium(join(app, 'dist/browser'));
  if (text !== 'ok') throw new Error(`the application says "${text}" instead of "ok"`);
  console.log('the application saved and synced a message in Chromium');
}

const app = mkdtempSync(join(tmpdir(), 'chat-vault-pack-check-'));
try {
  await check(app);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(app, { recursive: true });
}
