import { describe, expect, it } from 'vitest';
import { type KnownFile, supersededStems } from './known-file.js';

/** A file of a part that says in which parts the file `old` is. */
const base = (prefix: string, parts: readonly string[] = [], generation = 2): KnownFile => ({
  stem: `b${generation}-${prefix}`,
  token: 'app.Note',
  kind: 'base',
  generation,
  prefix,
  extension: 'json',
  path: `entities/b${generation}-${prefix}.json`,
  key: 'app.Note',
  size: 1,
  digest: 'd',
  units: 1,
  isReadBack: true,
  after: new Map(),
  merged: new Map(parts.length > 0 ? [['old', { digest: 'd', parts }]] : []),
});
const old = { ...base('', [], 1), stem: 'old' };

describe('supersededStems', () => {
  it.each<[string, readonly KnownFile[], boolean]>([
    ['nobody', [base('')], false],
    ['one file of all', [base('', [''])], true],
    ['one file of more than the part', [base('', ['0'])], true],
    ['one file of the part', [base('0', ['0'])], true],
    ['one half of the part', [base('00', ['0'])], false],
    ['the other half of the part', [base('01', ['0'])], false],
    ['both halves of the part', [base('00', ['0']), base('01', ['0'])], true],
    ['three quarters', [base('00', ['']), base('01', ['']), base('10', [''])], false],
    ['a half and two quarters', [base('0', ['']), base('10', ['']), base('11', [''])], true],
    ['one of two parts', [base('0', ['0', '1'])], false],
    ['both parts', [base('0', ['0', '1']), base('1', ['0', '1'])], true],
    ['a part and one that does not name it', [base('0', ['0', '1']), base('1')], false],
    ['a file of the same generation', [base('', [''], 1)], false],
    ['halves, one of the same generation', [base('0', ['']), base('1', [''], 1)], false],
  ])('when %s holds it', (_title, files, isSuperseded) => {
    expect([...supersededStems([old, ...files], [old, ...files])]).toEqual(
      isSuperseded ? ['old'] : [],
    );
  });
});
