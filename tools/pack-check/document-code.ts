import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const workspace = join(import.meta.dirname, '../..');

/** A file that a document shows whole. */
export interface DocumentFile {
  /** Where it goes, as its first line says. */
  readonly path: string;
  readonly code: string;
}

/**
 * The files in a Markdown text: every `ts` block whose first line is a comment with a path, such as
 * `// src/app/app.config.ts`. Blocks without one are fragments, and only for reading.
 */
export function findDocumentFiles(markdown: string): readonly DocumentFile[] {
  return [...markdown.matchAll(/^```ts\n\/\/ (\S+\.ts)\n([^]*?)^```$/gm)].map(
    ([, path = '', code = '']) => ({ path, code }),
  );
}

/**
 * Writes the files that README.md and the guide show into `app`, those of each document in a folder of their own, so that
 * they compile against the installed packages; gives how many there are.
 */
export function writeDocumentCode(app: string): number {
  const guide = join(workspace, 'docs/guide');
  const pages = existsSync(guide) ? readdirSync(guide).map((name) => join(guide, name)) : [];
  const documents = [join(workspace, 'README.md'), ...pages].filter((file) => file.endsWith('.md'));
  let count = 0;
  for (const [index, document] of documents.entries()) {
    for (const { path, code } of findDocumentFiles(readFileSync(document, 'utf8'))) {
      const file = join(app, `src/documents/${index}`, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, code);
      count += 1;
    }
  }
  if (count === 0) throw new Error('README.md shows no file: its set-up must be one that compiles');
  return count;
}
