import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeThrownBy } from '../testing/thrown-by.js';
import { HybridClock } from './hybrid-clock.js';
import { formatStamp, parseStamp, stampDeviceId, stampMs } from './stamp.js';

const DEVICE = '00000000000000aa';
const OTHER = 'ffffffffffffffff';
const NOW = Date.UTC(2024, 0, 31);

const clockAt = (...times: readonly number[]) => {
  let at = 0;
  return new HybridClock({
    deviceId: DEVICE,
    now: () => times[Math.min(at++, times.length - 1)] ?? 0,
  });
};

describe('HybridClock', () => {
  it('makes greater stamps each time, whatever the wall clock does', () => {
    const wall = fc.oneof(
      fc.integer({ min: NOW - 5, max: NOW + 5 }),
      fc.constantFrom(0, -1, NaN, Infinity, -Infinity, Date.UTC(2150, 0), Date.UTC(2500, 0), 1e17),
    );
    const seen = fc
      .tuple(fc.integer({ min: NOW - 5, max: NOW + 5 }), fc.integer({ min: 0, max: 0xffff }))
      .map(([ms, counter]) => formatStamp(ms, counter, OTHER));
    fc.assert(
      fc.property(fc.array(fc.tuple(wall, fc.option(seen)), { maxLength: 40 }), (steps) => {
        let time = 0;
        const clock = new HybridClock({ deviceId: DEVICE, now: () => time });
        let last = '';
        for (const [ms, observed] of steps) {
          time = ms;
          if (observed !== null) {
            clock.observe(observed);
            if (observed > last) last = observed;
          }
          const stamp = clock.now();
          expect(stamp > last).toBe(true);
          expect(parseStamp(stamp)).toBe(stamp);
          expect(stampDeviceId(stamp)).toBe(DEVICE);
          expect(clock.last).toBe(stamp);
          last = stamp;
        }
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it('shows the wall clock when it is ahead', () => {
    expect(clockAt(NOW).now()).toBe(formatStamp(NOW, 0, DEVICE));
  });

  it('counts within a millisecond and when the wall clock goes back', () => {
    const clock = clockAt(NOW, NOW, NOW - 1000);
    expect([clock.now(), clock.now(), clock.now()]).toEqual([
      formatStamp(NOW, 0, DEVICE),
      formatStamp(NOW, 1, DEVICE),
      formatStamp(NOW, 2, DEVICE),
    ]);
  });

  it('carries a full counter into the milliseconds', () => {
    const clock = clockAt(NOW);
    clock.observe(formatStamp(NOW, 0xffff, OTHER));
    expect(clock.now()).toBe(formatStamp(NOW + 1, 0, DEVICE));
    expect(clock.now()).toBe(formatStamp(NOW + 1, 1, DEVICE));
  });

  it('makes 70,000 different stamps in one millisecond', () => {
    const clock = clockAt(NOW);
    const stamps = Array.from({ length: 70_000 }, () => clock.now());
    expect(new Set(stamps).size).toBe(70_000);
    expect(stamps).toEqual([...stamps].sort());
  });

  it('follows stamps before the year 2100 and no later ones', () => {
    const clock = clockAt(NOW);
    clock.observe(formatStamp(Date.UTC(2100, 0, 1), 0, OTHER));
    expect(clock.last).toBeUndefined();
    expect(stampMs(clock.now())).toBe(NOW);
    const followed = formatStamp(Date.UTC(2100, 0, 1) - 1, 0, OTHER);
    clock.observe(followed);
    expect(clock.last).toBe(followed);
    expect(clock.now() > followed).toBe(true);
  });

  it('does not go back when it observes an older stamp', () => {
    const clock = clockAt(NOW);
    const made = clock.now();
    clock.observe(formatStamp(NOW - 1, 9, OTHER));
    expect(clock.last).toBe(made);
  });

  it('goes on from the last stamp of this device, even one from a clock that was far ahead', () => {
    const last = formatStamp(Date.UTC(2120, 5, 1), 3, DEVICE);
    const clock = new HybridClock({ deviceId: DEVICE, now: () => NOW, last });
    expect(clock.now() > last).toBe(true);
  });

  it('makes only stamps that others follow when the wall clock shows the year 2150', () => {
    const stamp = clockAt(Date.UTC(2150, 0, 1)).now();
    expect(stampMs(stamp)).toBeLessThan(Date.UTC(2100, 0, 1));
    const other = new HybridClock({ deviceId: OTHER, now: () => NOW });
    other.observe(stamp);
    expect(other.now() > stamp).toBe(true);
  });

  it('uses the clock of the machine by default', () => {
    expect(stampMs(new HybridClock({ deviceId: DEVICE }).now())).toBeGreaterThan(NOW);
  });

  it.each(['', 'AA'.repeat(8), 'a'.repeat(15), 'a'.repeat(17), 'g'.repeat(16)])(
    'refuses the device id "%s"',
    async (deviceId) => {
      expect(await codeThrownBy(() => new HybridClock({ deviceId }))).toBe('malformed');
    },
  );
});

describe('parseStamp', () => {
  const valid = formatStamp(Date.UTC(2200, 11, 31, 23, 59, 59, 999), 0xffff, OTHER);

  it('accepts stamps to the end of the year 2200', () => {
    expect(parseStamp(valid)).toBe(valid);
  });

  it.each([
    undefined,
    null,
    7,
    {},
    [valid],
    '',
    valid.toUpperCase(),
    `${valid} `,
    ` ${valid}`,
    `${valid}\n`,
    valid.slice(1),
    valid.replace('-', '_'),
    formatStamp(Date.UTC(2201, 0, 1), 0, OTHER),
    `ffffffffffff-0000-${OTHER}`,
  ])('refuses %j', async (value) => {
    expect(await codeThrownBy(() => parseStamp(value))).toBe('malformed');
  });

  it('orders stamps as texts like time, counter and device', () => {
    const part = fc.tuple(
      fc.integer({ min: 0, max: Date.UTC(2200, 0) }),
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(DEVICE, OTHER),
    );
    fc.assert(
      fc.property(part, part, (a, b) => {
        const order = a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : a[2] > b[2] ? 1 : 0);
        const [left, right] = [formatStamp(...a), formatStamp(...b)];
        expect(left < right ? -1 : left > right ? 1 : 0).toBe(Math.sign(order));
      }),
      { seed: 3 },
    );
  });
});
