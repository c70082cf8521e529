import { CloudError } from '@chat-vault/cloud-storage';
import { ChatVaultError } from '@chat-vault/core';
import { createRecoveryCode, KeyringError, type KeyringErrorCode } from '@chat-vault/core/sealed';
import { describe, expect, it } from 'vitest';
import { formatLongAgo } from '../ui/time-format';
import { drilledClouds } from './drill-words';
import { encryptionProblem, secretProblem } from './encryption-problem';
import { recoveryText, sheetWords } from './recovery-text';

describe('encryptionProblem', () => {
  const codes: readonly (KeyringErrorCode | string)[] = [
    'wrong-secret',
    'mistyped-code',
    'damaged-keyring',
    'no-keyring',
    'keys-missing',
    'foreign-vault',
    'already-encrypted',
    'upgrade-required',
    'out-of-memory',
    'unusable-passphrase',
    'not-turning-on',
    'not-connected',
    'locked',
    'offline',
    'unauthorized',
    'forbidden',
    'unavailable',
    'rate-limited',
    'quota-exceeded',
    'aborted',
  ];

  it.each(codes)('has words of its own for %s', (code) => {
    const { heading, advice } = encryptionProblem(new ChatVaultError(code, `raw ${code}`));
    expect(heading).not.toBe('Something went wrong');
    expect(advice).not.toBe('');
    expect(advice).not.toContain('raw');
  });

  it('says which group of a code is mistyped', () => {
    const error = new KeyringError('mistyped-code', 'raw', { details: { group: 7 } });
    expect(encryptionProblem(error).heading).toBe('Look at group 7 of the recovery code');
  });

  it('does not call a code a passphrase', () => {
    const random = (length: number) => new Uint8Array(length).fill(7);
    const wrong = new KeyringError('wrong-secret', 'raw');
    const code = createRecoveryCode({ random });
    expect(secretProblem(wrong, code).heading).toBe('This recovery code does not open it');
    expect(secretProblem(wrong, 'words').heading).toBe('That is not the passphrase');
    const offline = new CloudError('offline', 'raw');
    expect(secretProblem(offline, code)).toEqual(encryptionProblem(offline));
  });

  it('shows what it does not know', () => {
    expect(encryptionProblem(new Error('odd')).advice).toBe('odd');
    expect(encryptionProblem(new CloudError('not-found', 'odd')).heading).toBe(
      'The folder is not there',
    );
  });
});

describe('drilledClouds', () => {
  const month = (name: string, rest: object = {}) => ({
    month: name,
    ok: true,
    isSealed: true,
    ...rest,
  });
  const of = (months: ReturnType<typeof month>[], unreadable: readonly string[] = []) => {
    const ok = months.every(({ ok }) => ok) && unreadable.length === 0;
    const clouds = [{ providerId: 'a', ok, months, unreadable }];
    return drilledClouds({ ok, clouds }, () => 'Cloud A')[0];
  };

  it('counts what was opened, the newest month first', () => {
    const cloud = of([month('2024-01'), month('2024-02', { isSealed: false })]);
    expect(cloud?.name).toBe('Cloud A');
    expect(cloud?.summary).toBe('2 of 2 months opened, 1 of them not encrypted yet');
    expect(cloud?.problems).toEqual([]);
    expect(cloud?.months.map(({ name, text }) => `${name}: ${text}`)).toEqual([
      'Feb 2024: readable, not encrypted yet',
      'Jan 2024: opened',
    ]);
  });

  it('names each month that is not opened, with the reason', () => {
    const bad = month('2024-02', { ok: false, reason: 'digest-mismatch' });
    const odd = month('2024-03', { ok: false, reason: 'something-new' });
    const cloud = of([month('2024-01'), bad, odd], ['a.enc', 'b.enc']);
    expect(cloud?.summary).toBe('1 of 3 months opened');
    expect(cloud?.problems).toEqual([
      'Feb 2024: its file is damaged',
      'Mar 2024: it cannot be opened',
      '2 other files not opened',
    ]);
  });

  it('promises nothing where no month is encrypted', () => {
    expect(of([])?.summary).toBe('The keys were opened; no month is encrypted yet');
  });
});

describe('recoveryText', () => {
  it('holds the code, for whom it is, and how it is used', () => {
    const code = 'AAAAA-BBBBB-CCCCC';
    const now = new Date('2026-01-01T12:00:00Z');
    const text = recoveryText(sheetWords({ code, now, account: 'Ann', clouds: ['WebDAV', 'S3'] }));
    expect(text).toContain('Chats of: Ann');
    expect(text).toContain('Kept in:  WebDAV, S3');
    expect(text).toContain('2026');
    expect(text).toContain(`\n${code}\n`);
    expect(text).toContain('1. Open Chat Vault');
  });
});

describe('formatLongAgo', () => {
  it.each([
    [0, 'today'],
    [1, 'yesterday'],
    [5, '5 days ago'],
    [30, '4 weeks ago'],
    [90, '3 months ago'],
  ])('%d days are "%s"', (days, words) => {
    const now = new Date('2026-06-15T12:00:00Z');
    expect(formatLongAgo(new Date(now.getTime() - days * 86_400_000), now)).toBe(words);
  });
});
