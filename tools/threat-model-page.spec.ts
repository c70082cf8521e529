import { describe, expect, it } from 'vitest';
import { absentTests, brokenLinks, type NamedTest, readPage } from './named-tests.ts';

const page = readPage('threat-model.md');
const [body = '', list = ''] = page.split('\n## The tests\n');

/** The list at the end of the page: an item for each file, with the marks and titles of its tests. */
const named: readonly (NamedTest & { readonly mark: string })[] = list
  .split(/^- /m)
  .slice(1)
  .flatMap((item) => {
    const [, file = ''] = /^`([^`]+)`/.exec(item) ?? [];
    const tests = [...item.matchAll(/\*\*([A-Z]+\d+)\*\* `([^`]+)`/g)];
    return tests.map(([, mark = '', title = '']) => ({ mark, file, title }));
  });

describe('docs/threat-model.md', () => {
  it('names tests that exist in the files it names', () => {
    expect(named.length).toBeGreaterThan(50);
    expect(list.match(/^- /gm)).toHaveLength(new Set(named.map(({ file }) => file)).size);
    expect(absentTests(named)).toEqual([]);
  });

  it('gives each test one mark, uses each, and uses no other', () => {
    const marks = named.map(({ mark }) => mark).sort();
    const used = [...body.matchAll(/\b[A-Z]+\d+\b/g)].map(([mark]) => mark);
    expect(marks).toEqual([...new Set(used)].sort());
  });

  it('links to pages that exist', () => {
    expect(brokenLinks(page)).toEqual([]);
  });
});
