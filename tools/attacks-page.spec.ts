import { describe, expect, it } from 'vitest';
import { absentTests, brokenLinks, type NamedTest, readPage } from './named-tests.ts';

const page = readPage('attacks.md');
const [intro = ''] = page.split('\n## ');

/** A row of the page. */
interface Row {
  readonly id: string;
  readonly tests: readonly NamedTest[];
  /** What is said about the part that no test shows. */
  readonly notes: readonly string[];
}

/** One item of a list for each row; `Shown by` begins its tests, each file before the titles in it. */
const rows: readonly Row[] = page
  .split(/^- (?=\*\*[A-Z]\d+\*\*)/m)
  .slice(1)
  .map((item) => {
    const [, id = ''] = /^\*\*([A-Z]\d+)\*\*/.exec(item) ?? [];
    const [, shown = ''] = item.split(' Shown by ');
    const notes = [...item.matchAll(/\*\*([A-Z][a-z ]+)\*\*/g)].map(([, note = '']) => note);
    return { id, tests: testsIn(shown), notes };
  });

/** The tests of `` `file`: `title` · `title`; `other file`: `title`. ``; what follows them names none. */
function testsIn(shown: string): readonly NamedTest[] {
  return [
    ...shown.matchAll(/``? ?(\w[\w./-]*\.ts) ?``?: (``?.+?``?)(?=; `|\.(?: |\n|$))/g),
  ].flatMap(([, file = '', titles = '']) =>
    titles.split('` · `').map((title) => ({ file, title: title.replace(/^`+ ?| ?`+$/g, '') })),
  );
}

const numbers = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);

const NOTES = ['In part', 'Open', 'Outside our power', 'Cannot happen'];

describe('docs/attacks.md', () => {
  it('has each attack and each pain once, in order', () => {
    const ids = rows.map(({ id }) => id);
    expect(ids.filter((id) => /^[AP]/.test(id))).toEqual([
      ...numbers('A', 74),
      ...numbers('P', 32),
    ]);
    expect(ids.filter((id) => !/^[AP]/.test(id))).toEqual(numbers('E', ids.length - 106));
  });

  it('names tests that exist in the files it names', () => {
    const named = rows.flatMap(({ id, tests }) => tests.map((test) => ({ id, ...test })));
    expect(named.length).toBeGreaterThan(150);
    expect(named).toHaveLength(page.match(/` · `|\.ts`: `/g)?.length ?? 0);
    expect(absentTests(named)).toEqual([]);
  });

  it('says of each row what shows it, or why nothing does', () => {
    expect(rows.filter(({ tests, notes }) => tests.length + notes.length === 0)).toEqual([]);
    expect(rows.flatMap(({ notes }) => notes).filter((note) => !NOTES.includes(note))).toEqual([]);
  });

  it('counts its rows as they are', () => {
    const shown = rows.filter(({ tests, notes }) => tests.length > 0 && notes.length === 0);
    const inPart = rows.filter(({ tests, notes }) => tests.length > 0 && notes.length > 0);
    const counts = [rows.length, shown.length, inPart.length];
    const said = [...intro.matchAll(/\d+/g)].map(([digits]) => Number(digits));
    expect(said).toEqual([...counts, rows.length - shown.length - inPart.length]);
  });

  it('links to pages that exist', () => {
    expect(brokenLinks(page)).toEqual([]);
  });
});
