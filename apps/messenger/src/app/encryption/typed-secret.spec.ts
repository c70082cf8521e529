import { type Outcome } from '@chat-vault/chat-sync';
import { type RecoverySecret } from '@chat-vault/chat-sync/encryption';
import { ChatVaultError } from '@chat-vault/core';
import { createRecoveryCode } from '@chat-vault/core/sealed';
import { describe, expect, it } from 'vitest';
import { isGroup, readSecret, withTyped } from './typed-secret';

const code = createRecoveryCode({
  random: (length) => Uint8Array.from({ length }, (_, index) => (index * 37 + 11) % 256),
});
const groups = code.split('-');
const damage = (group: number) =>
  groups
    .map((text, index) => (index === group - 1 ? `${text.slice(0, 4)}${other(text)}` : text))
    .join('-');
const other = (text: string) => (text.endsWith('7') ? '8' : '7');

describe('readSecret', () => {
  it.each([
    '',
    'seven lemons dance quietly',
    'correct horse battery staple',
    'a very long sentence that somebody likes and knows by heart, with 1984 in it',
    '1234-5678-9012',
  ])('takes "%s" for a passphrase', (text) => {
    expect(readSecret(text)).toEqual({ kind: 'passphrase' });
  });

  it('takes a whole code for one, however it is written', () => {
    const whole = { kind: 'recovery-code', right: 13, wrongGroup: null };
    expect(readSecret(code)).toEqual(whole);
    expect(readSecret(` ${code.toLowerCase().replaceAll('-', ' ')}\n`)).toEqual(whole);
    expect(readSecret(code.replaceAll('-', ''))).toEqual(whole);
  });

  it('counts the groups while a code is typed', () => {
    expect(readSecret(groups.slice(0, 4).join('-'))).toEqual({
      kind: 'recovery-code',
      right: 4,
      wrongGroup: null,
    });
    expect(readSecret(`${groups.slice(0, 4).join('-')}-AB`)).toMatchObject({ right: 4 });
  });

  it.each([1, 2, 3, 8, 13])('says that group %d is mistyped', (group) => {
    expect(readSecret(damage(group))).toMatchObject({ kind: 'recovery-code', wrongGroup: group });
  });
});

describe('withTyped', () => {
  type Answer = (secret: RecoverySecret) => string;
  const call = (answer: Answer, tried: RecoverySecret[] = []) => {
    return async (secret: RecoverySecret): Promise<Outcome<string>> => {
      tried.push(secret);
      const said = answer(secret);
      if (said === 'ok') return { ok: true, report: 'ok' };
      return { ok: false, error: new ChatVaultError(said, said) };
    };
  };

  it('uses what was typed as what it looks like', async () => {
    const tried: RecoverySecret[] = [];
    await withTyped(
      'seven lemons',
      call(() => 'wrong-secret', tried),
    );
    await withTyped(
      code,
      call(() => 'wrong-secret', tried),
    );
    expect(tried).toEqual([{ passphrase: 'seven lemons' }, { recoveryCode: code }]);
  });

  it('never keeps out a person whose passphrase looks like a code', async () => {
    const passphrase = damage(5);
    const answer: Answer = (secret) => ('passphrase' in secret ? 'ok' : 'mistyped-code');
    expect(await withTyped(passphrase, call(answer))).toEqual({ ok: true, report: 'ok' });
  });

  it('tells the group of a mistyped code, not that it is no passphrase', async () => {
    const answer: Answer = (secret) => ('passphrase' in secret ? 'wrong-secret' : 'mistyped-code');
    expect(await withTyped(damage(5), call(answer))).toMatchObject({
      error: { code: 'mistyped-code' },
    });
  });
});

describe('isGroup', () => {
  it('forgives small letters, spaces and letters that look like digits', () => {
    expect(isGroup(' 4xjn0', '4XJN0')).toBe(true);
    expect(isGroup('4xjnO', '4XJN0')).toBe(true);
    expect(isGroup('lI234', '11234')).toBe(true);
    expect(isGroup('4XJN1', '4XJN0')).toBe(false);
    expect(isGroup('', '4XJN0')).toBe(false);
  });
});
