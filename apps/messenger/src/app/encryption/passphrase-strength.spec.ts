import { describe, expect, it } from 'vitest';
import { createJudge } from './dictionary-judge';
import { strengthOf } from './passphrase-strength';

describe('strengthOf', () => {
  it.each([
    [1, 'refused', 1, 'Would be guessed at once.'],
    [1e7, 'refused', 1, 'Would be guessed in minutes.'],
    [1e8, 'refused', 1, 'Would be guessed in hours.'],
    [1e9, 'weak', 2, 'Would be guessed in days.'],
    [1e11, 'weak', 2, 'Would be guessed in months.'],
    [1e12, 'weak', 2, 'Would be guessed in a few years.'],
    [1e13, 'good', 3, 'Would take decades to guess.'],
    [1e15, 'good', 4, 'Nobody will guess it.'],
  ] as const)('calls what takes %d guesses %s', (guesses, level, bars, text) => {
    expect(strengthOf({ guesses })).toMatchObject({ level, bars, text });
  });

  it('gives advice only where something is the matter', () => {
    expect(strengthOf({ guesses: 1, advice: ['Longer.'] }).advice).toEqual(['Longer.']);
    expect(strengthOf({ guesses: 1e15, advice: ['Longer.'] }).advice).toEqual([]);
  });
});

describe('the judge with dictionaries', () => {
  const judge = createJudge();
  const levelOf = (passphrase: string, ownWords: readonly string[] = []) =>
    judge(passphrase, ownWords).level;

  it('refuses passwords that are known, and says why', () => {
    expect(levelOf('password')).toBe('refused');
    expect(levelOf('letmein2024')).toBe('refused');
    expect(levelOf('qwertyuiop')).toBe('refused');
    expect(judge('letmein2024', []).advice[0]).toContain('commonly used password');
  });

  it('takes the words of this app and of the person for known', () => {
    expect(levelOf('chatvault')).toBe('refused');
    expect(levelOf('Xqvuwdiajkowz1', ['Xqvuwdiajkowz'])).toBe('refused');
    expect(levelOf('Xqvuwdiajkowz1')).not.toBe('refused');
  });

  it('accepts four words that nobody would put together', () => {
    expect(levelOf('seven lemons dance quietly')).toBe('good');
    expect(levelOf('quartz-lantern-meadow-otter')).toBe('good');
  });

  it('bears a long text', () => {
    expect(levelOf('x'.repeat(1024))).toBe('refused');
  });
});
