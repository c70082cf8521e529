import { describe, expect, it } from 'vitest';
import { absentTests, titlesIn } from './named-tests.ts';

describe('the titles of a spec', () => {
  it('are those of tests that run, however they are written', () => {
    const spec = `
      describe('group', () => {
        it('plain', () => {});
        it.each([1])('each %i', () => {});
        it('it\\'s', { timeout: 1 }, () => {});
        it(\`\${name} said\`, () => {});
        test('of a kit', () => {});
        test.each([1])('of a kit %i', () => {});
        it.skip('skipped', () => {});
        it.skipIf(true)('maybe', () => {});
        test.step('a step', () => {});
        // it('in a comment', () => {});
      });`;
    const plain = ['plain', 'each %i', "it's", '${name} said'];
    expect(titlesIn(spec)).toEqual([...plain, 'of a kit', 'of a kit %i']);
  });
});

describe('tests that a page names', () => {
  it('are absent when the file is, or has no test of that title', () => {
    const here = {
      file: 'tools/named-tests.spec.ts',
      title: 'are those of tests that run, however they are written',
    };
    const named = [here, { ...here, title: 'plain' }, { ...here, file: 'tools/absent.spec.ts' }];
    expect(absentTests(named)).toEqual(named.slice(1));
  });
});
