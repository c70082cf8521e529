import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = dirname(import.meta.dirname);
const page = readFileSync(join(root, 'docs/threat-model.md'), 'utf8');
const [body = '', list = ''] = page.split('\n## The tests\n');

/** A test that the page names. */
interface NamedTest {
  readonly mark: string;
  readonly file: string;
  readonly title: string;
}

/** The list at the end of the page: an item for each file, with the marks and titles of its tests. */
const named: readonly NamedTest[] = list
  .split(/^- /m)
  .slice(1)
  .flatMap((item) => {
    const [, file = ''] = /^`([^`]+)`/.exec(item) ?? [];
    const tests = [...item.matchAll(/\*\*([A-Z]+\d+)\*\* `([^`]+)`/g)];
    return tests.map(([, mark = '', title = '']) => ({ mark, file, title }));
  });

/** The titles of all tests of a spec that run, as they are written there. */
function titlesIn(text: string): readonly string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    const title = ts.isCallExpression(node) ? titleOf(node) : undefined;
    if (title !== undefined) titles.push(title);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('spec.ts', text, ts.ScriptTarget.Latest, true));
  return titles;
}

/** The title of `it(…)` and `it.each(…)(…)`; `it.skip(…)` and the like are no tests. */
function titleOf({ expression, arguments: [first] }: ts.CallExpression): string | undefined {
  const callee = expression.getText();
  const isTest = callee === 'it' || (ts.isCallExpression(expression) && isEach(expression));
  if (!isTest || first === undefined) return undefined;
  if (ts.isStringLiteralLike(first)) return first.text;
  return ts.isTemplateExpression(first) ? first.getText().slice(1, -1) : undefined;
}

const isEach = ({ expression }: ts.CallExpression): boolean => expression.getText() === 'it.each';

describe('docs/threat-model.md', () => {
  it('names tests that exist in the files it names', () => {
    expect(named.length).toBeGreaterThan(50);
    expect(list.match(/^- /gm)).toHaveLength(new Set(named.map(({ file }) => file)).size);
    const absent = named.filter(({ file, title }) => {
      const path = join(root, file);
      return !existsSync(path) || !titlesIn(readFileSync(path, 'utf8')).includes(title);
    });
    expect(absent).toEqual([]);
  });

  it('gives each test one mark, uses each, and uses no other', () => {
    const marks = named.map(({ mark }) => mark).sort();
    const used = [...body.matchAll(/\b[A-Z]+\d+\b/g)].map(([mark]) => mark);
    expect(marks).toEqual([...new Set(used)].sort());
  });

  it('links to pages that exist', () => {
    const links = [...page.matchAll(/\]\(([^)#]+)/g)].map(([, path = '']) => path);
    expect(links.length).toBeGreaterThan(3);
    const here = join(root, 'docs');
    expect(links.filter((path) => !existsSync(join(here, path)))).toEqual([]);
  });
});

describe('the titles of a spec', () => {
  it('are those of tests that run, however they are written', () => {
    const spec = `
      describe('group', () => {
        it('plain', () => {});
        it.each([1])('each %i', () => {});
        it('it\\'s', { timeout: 1 }, () => {});
        it(\`\${name} said\`, () => {});
        it.skip('skipped', () => {});
        it.skipIf(true)('maybe', () => {});
        // it('in a comment', () => {});
      });`;
    expect(titlesIn(spec)).toEqual(['plain', 'each %i', "it's", '${name} said']);
  });
});
