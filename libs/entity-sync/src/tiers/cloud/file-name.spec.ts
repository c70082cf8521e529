import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeToken, fileStem, opaqueToken, parseFileName, readableToken } from './file-name.js';

const ID = '01920000-0000-7000-8000-000000000001';

describe('readableToken', () => {
  it('leaves what a person writes readable, and gives every key its own name, which is a name everywhere', () => {
    expect(readableToken('app.Contact.2026')).toBe('app.Contact.2026');
    expect(readableToken('app.Ünï/~*')).toBe('app.=C3=9Cn=C3=AF=2F=7E=2A');
    expect(readableToken('.hidden')).toBe('=2Ehidden');
    expect(readableToken('con.x')).toBe('=63on.x');
    expect(readableToken('console')).toBe('console');
    expect(readableToken('')).toBeUndefined();
    expect(readableToken('x'.repeat(121))).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (key) => {
        const token = readableToken(key);
        if (token === undefined) return;
        expect(token).toMatch(/^[A-Za-z0-9_=-][A-Za-z0-9._=-]*$/);
        expect(decodeToken(token)).toBe(key);
      }),
      { seed: 5 },
    );
  });

  it('decodes nothing that it would not give', () => {
    for (const token of ['=', '=zz', '=c3', '=41', 'a=4', '=FF', '.x', 'con', '=63onsole', ''])
      expect(decodeToken(token)).toBeUndefined();
  });
});

describe('parseFileName', () => {
  it('gives back what a name was made of', () => {
    for (const kind of ['base', 'bundle', 'change'] as const)
      for (const prefix of ['', '0', '0110'])
        for (const token of ['app.Contact_1-x', opaqueToken(ID)]) {
          const parts = { token, kind, generation: 12, prefix };
          const stem = fileStem(parts, ID);
          expect(parseFileName(`${stem}.json.gz.enc`)).toEqual({
            ...parts,
            stem,
            extension: 'json.gz.enc',
          });
        }
  });

  it.each([
    'desktop.ini',
    `app~b1_${ID}`,
    `app~b1_${ID} (1).json.gz`,
    `app~b1_${ID}.json.gz (1)`,
    `app~b1_${ID}.json.gz.part-1`,
    `app~b1_${ID}.`,
    `app~b0_${ID}.json.gz`,
    `app~d1_${ID}.json.gz`,
    `app~b1-2_${ID}.json.gz`,
    `app~b1_${ID.toUpperCase()}X.json.gz`,
    `~b1_${ID}.json.gz`,
    `a p~b1_${ID}.json.gz`,
    `=zz~b1_${ID}.json.gz`,
    `.x~b1_${ID}.json.gz`,
  ])('takes %s for a file of others', (name) => {
    expect(parseFileName(name)).toBeUndefined();
  });
});
