import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const root = dirname(import.meta.dirname);

/** A test that a page names: its file under the root of the repository, and its title. */
export interface NamedTest {
  readonly file: string;
  readonly title: string;
}

/** Those of the tests that are not in the files that the page names. */
export const absentTests = <Test extends NamedTest>(named: readonly Test[]): readonly Test[] =>
  named.filter(({ file, title }) => !titlesOf(file).includes(title));

/** The links of a page of `docs` to files that are not there; rejects a page that links nowhere. */
export function brokenLinks(page: string): readonly string[] {
  const links = [...page.matchAll(/\]\(([^)#]+)/g)].map(([, path = '']) => path);
  if (links.length === 0) throw new Error('the page has no link');
  return links.filter((path) => !existsSync(join(root, 'docs', path)));
}

/** A page of `docs`. */
export const readPage = (name: string): string => readFileSync(join(root, 'docs', name), 'utf8');

const titlesByFile = new Map<string, readonly string[]>();

function titlesOf(file: string): readonly string[] {
  const path = join(root, file);
  const titles =
    titlesByFile.get(file) ?? (existsSync(path) ? titlesIn(readFileSync(path, 'utf8')) : []);
  titlesByFile.set(file, titles);
  return titles;
}

/** The titles of all tests of a spec that run, as they are written there. */
export function titlesIn(text: string): readonly string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    const title = ts.isCallExpression(node) ? titleOf(node) : undefined;
    if (title !== undefined) titles.push(title);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('spec.ts', text, ts.ScriptTarget.Latest, true));
  return titles;
}

/** The title of `it(…)`, `it.each(…)(…)`, and `test(…)` of a kit or a browser; `it.skip(…)` and the like are no tests. */
function titleOf({ expression, arguments: [first] }: ts.CallExpression): string | undefined {
  const callee = ts.isCallExpression(expression) ? `${expression.expression.getText()}()` : '';
  const isTest = /^(it|test)(\.each\(\))?$/.test(callee || expression.getText());
  if (!isTest || first === undefined) return undefined;
  if (ts.isStringLiteralLike(first)) return first.text;
  return ts.isTemplateExpression(first) ? first.getText().slice(1, -1) : undefined;
}
