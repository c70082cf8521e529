import { describe, expect, it } from 'vitest';
import { ManualTimers } from '../testing/manual-timers.ts';
import { RateLimit } from './rate-limit.ts';

const limit = () => {
  const timers = new ManualTimers(1_000_000);
  return { timers, rate: new RateLimit({ perSecond: 10, burst: 100, timers }) };
};

describe('RateLimit', () => {
  it('gives the burst at once and then the steady rate', () => {
    const { timers, rate } = limit();
    expect(rate.take('anna', 100)).toBe(0);
    expect(rate.take('anna', 1)).toBe(1);
    timers.advance(500);
    expect(rate.take('anna', 5)).toBe(0);
    expect(rate.take('anna', 25)).toBe(3);
    timers.advance(3000);
    expect(rate.take('anna', 25)).toBe(0);
  });

  it('keeps people apart', () => {
    const { rate } = limit();
    expect(rate.take('anna', 100)).toBe(0);
    expect(rate.take('ben', 100)).toBe(0);
  });

  it('fills no more than the burst', () => {
    const { timers, rate } = limit();
    expect(rate.take('anna', 100)).toBe(0);
    timers.advance(1_000_000);
    expect(rate.take('anna', 100)).toBe(0);
    expect(rate.take('anna', 1)).toBe(1);
  });

  it('is not fooled by a clock that goes back', () => {
    const { timers, rate } = limit();
    expect(rate.take('anna', 90)).toBe(0);
    timers.advance(-60_000);
    expect(rate.take('anna', 10)).toBe(0);
    expect(rate.take('anna', 1)).toBe(1);
  });

  it('forgets people whose bucket is full again, and ends its timer', () => {
    const { timers, rate } = limit();
    rate.take('anna', 1);
    timers.advance(60_000);
    expect(rate.size).toBe(0);
    rate.close();
    expect(timers.size).toBe(0);
  });
});
