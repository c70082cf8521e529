import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DriveTree } from '../../peers/onedrive/drive-tree.js';
import { isPathPart } from '../path/cloud-path.js';
import { fromItemName, toItemName } from './item-name.js';

describe('toItemName', () => {
  it.each([
    '20240131T101530123Z_018d5e3c-6a8b-7c3d-9e4f-5a6b7c8d9e0f_0123456789abcdef.json.gz.enc',
    'Grüße, ça va',
    'with spaces in it',
    '100% of it',
    "it's [x] {y} (z) @!$,^`#&+=;",
    'console',
    'two..dots',
    '~tilde',
  ])('leaves %j as it is', (part) => {
    expect(toItemName(part)).toBe(part);
    expect(fromItemName(part)).toBe(part);
  });

  it.each([
    ['what? #1', 'what%3F #1'],
    ['a:b*c|d<e>f"g', 'a%3Ab%2Ac%7Cd%3Ce%3Ef%22g'],
    ['%41', '%2541'],
    ['100% and %41', '100% and %2541'],
    [' leading', '%20leading'],
    ['trailing ', 'trailing%20'],
    ['dots..', 'dots.%2E'],
    ['~$lock', '%7E$lock'],
    ['CON', '%43ON'],
    ['con.json', '%63on.json'],
    ['LPT1', '%4CPT1'],
    ['.lock', '%2Elock'],
    ['Desktop.ini', '%44esktop.ini'],
    ['a_vti_vti_b', 'a%5Fvti%5Fvti_b'],
  ])('writes %j as %j', (part, name) => {
    expect(toItemName(part)).toBe(name);
    expect(fromItemName(name)).toBe(part);
  });

  it('gives names that OneDrive takes, one for each part, and finds the part again', () => {
    const odd = fc.constantFrom(...'%:*?"<>|. ~$_vtiCON2AF4é😀'.split(''), '_vti_', 'con', '%41');
    const part = fc.array(odd, { minLength: 1, maxLength: 12 }).map((signs) => signs.join(''));
    fc.assert(
      fc.property(part.filter(isPathPart), (text) => {
        const name = toItemName(text);
        expect(() => new DriveTree().add(`/${name}`, undefined)).not.toThrow();
        expect(fromItemName(name)).toBe(text);
      }),
      { seed: 7, numRuns: 2000 },
    );
  });
});

describe('fromItemName', () => {
  it.each(['', '.', '..', 'a/b', '%2F', '%2E%2E', 'a%41b', '%00', 'a\\b', 'nul\u0000', 'ends.'])(
    'knows no part for %j',
    (name) => expect(fromItemName(name)).toBeUndefined(),
  );
});
