import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInstant, isMonth } from './instant.js';

describe('isInstant', () => {
  it('accepts what Date writes', () => {
    const time = fc.integer({ min: Date.UTC(0, 0) - 1e13, max: Date.UTC(9999, 11, 31) });
    fc.assert(
      fc.property(time, (ms) => {
        const text = new Date(ms).toISOString();
        expect(isInstant(text)).toBe(/^\d{4}-/.test(text));
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it('accepts exactly the digits that Date gives back', () => {
    const two = (max: number) =>
      fc.integer({ min: 0, max }).map((number) => String(number).padStart(2, '0'));
    const parts = fc.tuple(
      fc.constantFrom('0000', '1900', '2000', '2023', '2024', '2100'),
      two(13),
      two(32),
      two(25),
      two(61),
      two(61),
    );
    fc.assert(
      fc.property(parts, ([year, month, day, hour, minute, second]) => {
        const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.123Z`;
        const date = new Date(text);
        const exists = !Number.isNaN(date.getTime()) && date.toISOString() === text;
        expect(isInstant(text)).toBe(exists);
      }),
      { seed: 2, numRuns: 3000 },
    );
  });

  it.each([
    '',
    '2024-01-31',
    '2024-01-31T10:15:30Z',
    '2024-01-31T10:15:30.123',
    '2024-01-31T10:15:30.123z',
    '2024-01-31t10:15:30.123Z',
    '2024-01-31 10:15:30.123Z',
    '2024-01-31T10:15:30,123Z',
    '2024-01-31T10:15:30.1234Z',
    '2024-01-31T10:15:30.12 Z',
    '2024-01-31T10:15:30.123+00:00',
    '+02024-01-31T10:15:30.123Z',
    '2024-02-31T10:15:30.123Z',
    '2023-02-29T10:15:30.123Z',
    '2100-02-29T10:15:30.123Z',
    '2024-13-01T10:15:30.123Z',
    '2024-00-01T10:15:30.123Z',
    '2024-01-00T10:15:30.123Z',
    '2024-01-31T24:00:00.000Z',
    '2024-01-31T23:60:00.000Z',
    '2016-12-31T23:59:60.000Z',
    '٢٠٢٤-01-31T10:15:30.123Z',
    ' 024-01-31T10:15:30.123Z',
    '2024-01-31T10:15:30.123Z\n',
  ])('refuses "%s"', (text) => {
    expect(isInstant(text)).toBe(false);
  });
});

describe('isMonth', () => {
  it.each(['2024-01', '0000-12', '9999-10'])('accepts "%s"', (text) => {
    expect(isMonth(text)).toBe(true);
  });

  it.each(['', '2024-00', '2024-13', '2024-1', '2024_01', '2024-01 ', '12024-01', '2024-0x'])(
    'refuses "%s"',
    (text) => {
      expect(isMonth(text)).toBe(false);
    },
  );
});
