import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkPackage, entryPoints } from './package-json.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-json-'));
  mkdirSync(join(folder, 'idb'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

const manifest = (exports: object, dependencies: object = {}) =>
  JSON.stringify({ name: '@scope/lib', version: '1.0.0', exports, dependencies });

describe('checkPackage', () => {
  it('finds nothing wrong with a good package', () => {
    write({
      'package.json': manifest(
        { './idb': { types: './idb/index.d.ts', default: './idb/index.js' } },
        { idb: '^8.0.0' },
      ),
      'idb/index.js': "import { openDB } from 'idb';\nimport { x } from '@scope/lib/x';",
      'idb/index.d.ts': "/** import('not-real') */\nexport {};",
    });
    expect(checkPackage(folder)).toEqual([]);
    expect(entryPoints(folder)).toEqual([
      { specifier: '@scope/lib/idb', types: './idb/index.d.ts', code: './idb/index.js' },
    ]);
  });

  it('names missing files, wrong order and undeclared packages', () => {
    write({
      'package.json': manifest({ '.': { default: './index.js', types: './index.d.ts' } }),
      'index.js': "export { map } from 'rxjs/operators';\nimport { readFile } from 'node:fs';",
    });
    expect(checkPackage(folder)).toEqual([
      'exports["."]: no file ./index.d.ts',
      'exports["."]: "types" must be the first condition',
      'index.js imports rxjs/operators, but package.json does not declare rxjs',
    ]);
  });
});
