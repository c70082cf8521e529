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
