import { describe, expect, it } from 'vitest';
import { isWallClock, wallClockConverter, wallClockText } from './wall-clock';

const at = (text: string) => {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = text.split(/\D/).map(Number);
  return { year, month, day, hour, minute, second: null };
};

describe('wallClockConverter', () => {
  it.each([
    ['UTC', '2024-03-31 02:30', '2024-03-31T02:30'],
    ['Europe/Berlin', '2024-03-31 01:59', '2024-03-31T00:59'],
    ['Europe/Berlin', '2024-03-31 02:30', '2024-03-31T01:30'],
    ['Europe/Berlin', '2024-03-31 03:00', '2024-03-31T01:00'],
    ['Europe/Berlin', '2024-10-27 02:30', '2024-10-27T00:30'],
    ['Europe/Berlin', '2024-10-27 03:00', '2024-10-27T02:00'],
    ['Asia/Kathmandu', '2024-01-01 00:00', '2023-12-31T18:15'],
    ['America/St_Johns', '2024-07-01 12:00', '2024-07-01T14:30'],
    ['Australia/Lord_Howe', '2024-10-06 02:30', '2024-10-05T15:30'],
  ])('reads %s %s as %s', (zone, wall, utc) => {
    expect(new Date(wallClockConverter(zone)(at(wall))).toISOString().slice(0, 16)).toBe(utc);
  });
});

describe('isWallClock', () => {
  it.each([
    '2024-02-30 00:00',
    '2023-02-29 00:00',
    '2024-13-01 00:00',
    '2024-00-01 00:00',
    '2024-01-01 24:00',
  ])('refuses %s', (text) => expect(isWallClock(at(text))).toBe(false));
});

describe('wallClockText', () => {
  it('keeps the precision of the export', () => {
    expect(wallClockText(at('2024-02-29 07:05'))).toBe('2024-02-29T07:05');
    expect(wallClockText({ ...at('2024-02-29 07:05'), second: 9 })).toBe('2024-02-29T07:05:09');
  });
});
