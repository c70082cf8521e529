import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findDocumentFiles } from './document-code.ts';

describe('findDocumentFiles', () => {
  it('finds the blocks that begin with a path, and leaves out fragments', () => {
    const markdown = [
      '```ts',
      '// src/main.ts',
      "import './app';",
      '```',
      'Then:',
      '```ts',
      'await sync();',
      '```',
      '```sh',
      '// src/not-code.ts',
      '```',
    ].join('\n');
    expect(findDocumentFiles(markdown)).toEqual([
      { path: 'src/main.ts', code: "import './app';\n" },
    ]);
  });
});

/** Blocks of the guide that are for reading only: a line or two, and specs of one's own. */
const FRAGMENTS: Readonly<Record<string, number>> = {
  'folder.md': 1,
  'own-cloud.md': 2,
  'testing.md': 1,
  'webdav.md': 1,
};

describe('the guide', () => {
  const guide = join(import.meta.dirname, '../../docs/guide');
  const pages = readdirSync(guide).filter((name) => name.endsWith('.md'));

  it.each(pages)('%s shows code as whole files, which are compiled', (page) => {
    const markdown = readFileSync(join(guide, page), 'utf8');
    const blocks = markdown.match(/^```ts$/gm) ?? [];
    expect(blocks.length - findDocumentFiles(markdown).length).toBe(FRAGMENTS[page] ?? 0);
  });
});
