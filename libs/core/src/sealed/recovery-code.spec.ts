import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { KeyringError } from './keyring-error.js';
import { formatRecoveryCode, parseRecoveryCode } from './recovery-code.js';
import { createRecoveryCode } from './secret.js';

const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 });
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The group that the refusal of a code points at. */
function groupRefused(code: string): unknown {
  try {
    parseRecoveryCode(code);
  } catch (error) {
    if (error instanceof KeyringError && error.code === 'mistyped-code') {
      for (const group of code.split('-'))
        if (group.length === 5) expect(error.message).not.toContain(group);
      return error.details['group'];
    }
    throw error;
  }
  return 'none';
}

const CODE = formatRecoveryCode(Uint8Array.from({ length: 32 }, (_, at) => 7 * at + 3));

describe('formatRecoveryCode', () => {
  it('gives 13 groups of 5 characters that are read back', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const code = formatRecoveryCode(secret);
        expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){12}$/);
        expect(parseRecoveryCode(code)).toEqual(secret);
      }),
      { seed: 51 },
    );
  });
});

describe('parseRecoveryCode', () => {
  it('forgives small letters, spaces, dashes, and letters that look like digits', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const code = formatRecoveryCode(secret);
        const forms = [
          code.toLowerCase(),
          code.replaceAll('-', ''),
          `  ${code.replaceAll('-', ' ')}\n`,
          code.replaceAll('-', '\u2014'),
          code.replaceAll('-', '\u200b \u2011'),
          code.replaceAll('0', 'O').replaceAll('1', 'I'),
          code.replaceAll('0', 'o').replaceAll('1', 'l'),
          code.replace(/[0-9A-Z]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0)),
        ];
        for (const form of forms) expect(parseRecoveryCode(form)).toEqual(secret);
      }),
      { seed: 52 },
    );
  });

  it('finds each single wrong character, and its group', () => {
    for (const [at, character] of [...CODE].entries()) {
      if (character === '-') continue;
      for (const other of `${ALPHABET}U?é`) {
        if (other === character) continue;
        const code = `${CODE.slice(0, at)}${other}${CODE.slice(at + 1)}`;
        expect(groupRefused(code)).toBe(Math.floor(at / 6) + 1);
      }
    }
  });

  it('finds each exchange of two characters, wherever they are', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const characters = [...formatRecoveryCode(secret).replaceAll('-', '')];
        for (let a = 0; a < characters.length; a++)
          for (let b = a + 1; b < characters.length; b++) {
            if (characters[a] === characters[b]) continue;
            const swapped = [...characters];
            [swapped[a], swapped[b]] = [characters[b] ?? '', characters[a] ?? ''];
            expect(groupRefused(swapped.join(''))).toBe(Math.floor(a / 5) + 1);
          }
      }),
      { seed: 53, numRuns: 5 },
    );
  });

  it('finds each exchange of two groups', () => {
    const groups = CODE.split('-');
    for (let a = 0; a < groups.length; a++)
      for (let b = a + 1; b < groups.length; b++) {
        const swapped = groups.map(
          (group, at) => groups[at === a ? b : at === b ? a : at] ?? group,
        );
        expect(groupRefused(swapped.join('-'))).toBe(a + 1);
      }
  });

  it('finds a missing and a surplus character, and what is no code at all', () => {
    const typed = CODE.replaceAll('-', '');
    for (let at = 0; at < typed.length; at++) {
      const shorter = typed.slice(0, at) + typed.slice(at + 1);
      const longer = `${typed.slice(0, at)}7${typed.slice(at)}`;
      for (const code of [shorter, longer]) expect(groupRefused(code)).not.toBe('none');
    }
    expect(groupRefused(`${CODE}-00000`)).toBe(13);
    expect(groupRefused('')).toBe(1);
    expect(groupRefused('correct horse battery staple')).toBe(1);
  });

  it(
    'reads nothing but what it would write, whatever is typed, and quotes none of it',
    { timeout: 60_000 },
    () => {
      const strange = fc.constantFrom(
        ...'0OoIl1LuU-\u2014\u200b \n\u0130ßﬁ①０Ａ\ud800\u0000😀',
        '__proto__',
        'Ω'.normalize('NFD'),
      );
      const typed = fc
        .tuple(secrets, fc.array(fc.tuple(fc.nat(80), fc.nat(3), strange), { maxLength: 3 }))
        .map(([secret, changes]) =>
          changes.reduce(
            (code, [at, length, by]) => code.slice(0, at) + by + code.slice(at + length),
            formatRecoveryCode(secret),
          ),
        );
      const anything = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 90 }),
        fc.stringMatching(/^[0-9A-Z]{60,70}$/),
      );
      let read = 0;
      fc.assert(
        fc.property(fc.oneof(typed, anything), (code) => {
          if (groupRefused(code) !== 'none') return;
          read += 1;
          const canonical = code
            .normalize('NFKC')
            .toUpperCase()
            .replaceAll('O', '0')
            .replace(/[IL]/g, '1')
            .replace(/[^0-9A-Z]/g, '');
          expect(formatRecoveryCode(parseRecoveryCode(code)).replaceAll('-', '')).toBe(canonical);
        }),
        { seed: 54, numRuns: 1000 },
      );
      expect(read).toBeGreaterThan(100);
    },
  );

  it('looks at no more than what a person could have typed', () => {
    const normalize = vi.spyOn(String.prototype, 'normalize');
    expect(parseRecoveryCode(CODE.padEnd(1024, ' -'))).toHaveLength(32);
    expect(normalize).toHaveBeenCalledTimes(1);
    for (const code of [CODE.padEnd(1025), '\ufdfa'.repeat(1_000_000)])
      expect(groupRefused(code)).toBe(13);
    expect(normalize).toHaveBeenCalledTimes(1);
    normalize.mockRestore();
  });

  it('reads one code for each secret: the unused bits of the last character are zero', () => {
    const last = formatRecoveryCode(new Uint8Array(32)).slice(-5);
    const others = [...ALPHABET].flatMap((data) =>
      [...ALPHABET].map((check) => `${last.slice(0, 3)}${data}${check}`),
    );
    const read = others.filter(
      (group) =>
        groupRefused(formatRecoveryCode(new Uint8Array(32)).slice(0, -5) + group) === 'none',
    );
    expect(read).toHaveLength(2);
  });
});

describe('createRecoveryCode', () => {
  it('is another one each time', () => {
    const codes = Array.from({ length: 100 }, () => createRecoveryCode());
    expect(new Set(codes).size).toBe(100);
    for (const code of codes) expect(parseRecoveryCode(code)).toHaveLength(32);
  });
});
