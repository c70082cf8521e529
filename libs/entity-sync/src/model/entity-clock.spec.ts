import { describe, expect, it } from 'vitest';
import { EntityClock } from './entity-clock.js';

const ms = (date: Date) => date.getTime();

describe('EntityClock', () => {
  it('gives the time of the wall clock, but never the same or an earlier one twice', () => {
    let now = 1000;
    const clock = new EntityClock(() => now);
    expect([clock.next(), clock.next()].map(ms)).toEqual([1000, 1001]);
    now = 500;
    expect(ms(clock.next())).toBe(1002);
    now = 2000.7;
    expect(ms(clock.next())).toBe(2000);
  });

  it('follows what it sees, but nothing from the year 2100 on', () => {
    const clock = new EntityClock(() => 1000);
    clock.observe(5000);
    clock.observe(100);
    clock.observe(Number.NaN);
    clock.observe(-Infinity);
    expect(ms(clock.next())).toBe(5001);
    clock.observe(Date.UTC(2100, 0));
    expect(ms(clock.next())).toBe(5002);
  });

  it('is later than what is known of an id, even when that is not followed', () => {
    const clock = new EntityClock(() => 1000);
    const far = Date.UTC(2500, 0);
    expect(ms(clock.next(far))).toBe(far + 1);
    expect(ms(clock.next())).toBe(1001);
    expect(ms(clock.next(7000))).toBe(7001);
    expect(ms(clock.next())).toBe(7002);
    expect(ms(clock.next(8.64e15))).toBe(8.64e15);
  });

  it('reads a wall clock from beyond 2100, or before 1970, as wrong', () => {
    expect(ms(new EntityClock(() => Date.UTC(2600, 0)).next())).toBeLessThan(Date.UTC(2100, 0));
    expect(ms(new EntityClock(() => -5).next())).toBe(1);
  });
});
