/**
 * The public API as text: `docs/api/<entry point>.api.md` for each entry point of each built package. `npm run api`
 * writes the files; `--check` compares, so that no change of what users rely on goes unseen.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeEntryPoints } from './api/describe-entry-points.ts';

const workspace = join(import.meta.dirname, '..');
const folder = join(workspace, 'docs/api');

/** Current text of each file, by its name. */
function describeAll(): ReadonlyMap<string, string> {
  const packages = readdirSync(join(workspace, 'dist/libs')).map((name) =>
    join(workspace, 'dist/libs', name),
  );
  return new Map(
    describeEntryPoints(packages).map(({ specifier, text }) => [fileName(specifier), text]),
  );
}

/** `@chat-vault/cloud-storage/memory` is recorded in `cloud-storage.memory.api.md`. */
function fileName(specifier: string): string {
  return `${specifier.replace(/^@[^/]+\//, '').replaceAll('/', '.')}.api.md`;
}

function recordedFiles(): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.endsWith('.api.md'));
}

function update(texts: ReadonlyMap<string, string>): void {
  mkdirSync(folder, { recursive: true });
  for (const name of recordedFiles()) {
    if (!texts.has(name)) rmSync(join(folder, name));
  }
  for (const [name, text] of texts) writeFileSync(join(folder, name), text);
  console.log(`docs/api: ${texts.size} entry points`);
}

/** What differs between the record and the build, in words. */
function compare(texts: ReadonlyMap<string, string>): readonly string[] {
  const gone = recordedFiles().filter((name) => !texts.has(name));
  return [
    ...gone.map((name) => `${name}: this entry point is gone`),
    ...[...texts].flatMap(([name, text]) => {
      if (!existsSync(join(folder, name))) return [`${name}: this entry point is new`];
      return differingLines(readFileSync(join(folder, name), 'utf8'), text).map(
        (line) => `${name}: ${line}`,
      );
    }),
  ];
}

function differingLines(recorded: string, current: string): readonly string[] {
  const before = recorded.split('\n');
  const after = current.split('\n');
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
    ...(recorded !== current && before.toSorted().join() === after.toSorted().join()
      ? ['the order changed']
      : []),
  ];
}

const texts = describeAll();
if (process.argv.includes('--check')) {
  const differences = compare(texts);
  for (const difference of differences) console.error(difference);
  if (differences.length > 0) {
    console.error(
      '\nThe public API changed. If that is meant, run "npm run api" and commit docs/api.',
    );
    process.exitCode = 1;
  } else console.log(`${texts.size} entry points are as recorded`);
} else update(texts);
