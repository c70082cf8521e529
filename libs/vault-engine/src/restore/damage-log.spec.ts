import { CloudError } from '@chat-vault/cloud-storage';
import { FormatError } from '@chat-vault/core';
import { describe, expect, it } from 'vitest';
import { type Run } from '../run/run.js';
import { createTally } from '../run/tally.js';
import { DamageLog } from './damage-log.js';

const DAY = 24 * 60 * 60 * 1000;
const FILE = { path: 'deltas/x', size: 9, modifiedAt: '2024-06-15T00:00:00.000Z' };
const BAD = new FormatError('digest-mismatch', 'it was altered');
const GONE = new CloudError('not-found', 'it is gone');

function logAt(now: number, known = {}, toleratesMissing = false) {
  const tally = createTally();
  const run = { tally, env: { now: () => now }, logger: undefined } as unknown as Run;
  return { tally, log: new DamageLog(run, known, { toleratesMissing }) };
}

function noted(at: number) {
  const { log } = logAt(at);
  log.contains(FILE, BAD);
  return log.toDocument();
}

describe('DamageLog', () => {
  it('contains what is bad about a file itself, and nothing else', () => {
    const { log, tally } = logAt(0);
    expect(log.contains(FILE, BAD)).toBe(true);
    expect(log.contains(FILE, new CloudError('offline', 'no answer'))).toBe(false);
    expect(log.contains(FILE, new Error('a bug'))).toBe(false);
    expect([...tally.skipped.values()]).toEqual([{ path: FILE.path, reason: 'digest-mismatch' }]);
    expect(log.isChanged).toBe(true);
  });

  it('contains a missing file only when listing again did not help', () => {
    expect(logAt(0).log.contains(FILE, GONE)).toBe(false);
    const { log, tally } = logAt(0, {}, true);
    expect(log.contains(FILE, GONE)).toBe(true);
    expect([...tally.warnings.values()].map(({ code }) => code)).toEqual(['missing-file']);
  });

  it.each([
    { when: 'within a day', file: FILE, at: DAY - 1, isWorth: false },
    { when: 'after a day', file: FILE, at: DAY, isWorth: true },
    { when: 'when its size changed', file: { ...FILE, size: 10 }, at: 1, isWorth: true },
    {
      when: 'when it was written again',
      file: { ...FILE, modifiedAt: '2024-06-16T00:00:00.000Z' },
      at: 1,
      isWorth: true,
    },
    { when: 'when the clock went back', file: FILE, at: -DAY, isWorth: true },
  ])('says whether reading again is worth it: $when', ({ file, at, isWorth }) => {
    const { log, tally } = logAt(at, noted(0));
    expect(log.isWorthReading(file)).toBe(isWorth);
    expect(tally.skipped.size).toBe(isWorth ? 0 : 1);
  });

  it('forgets a file that is well again', () => {
    const { log } = logAt(DAY, noted(0));
    log.clear(FILE.path);
    expect(log.isChanged).toBe(true);
    expect(log.toDocument()).toEqual({});
  });
});
