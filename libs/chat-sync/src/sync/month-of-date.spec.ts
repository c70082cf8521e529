import { describe, expect, it } from 'vitest';
import { ChatSyncError } from './chat-sync-error';
import { monthOfDate } from './month-of-date';

describe('monthOfDate', () => {
  it.each([
    ['2024-01', '2024-01'],
    ['2024-12-31', '2024-12'],
    ['2024-01-31T23:59:59.999Z', '2024-01'],
    [new Date('2024-02-29T12:00:00Z'), '2024-02'],
  ])('of %s is %s', (date, month) => {
    expect(monthOfDate(date)).toBe(month);
  });

  it.each(['', '2024', '2024-13', '2024-1', '01/2024', new Date(NaN)])('refuses %s', (date) => {
    expect(() => monthOfDate(date)).toThrowError(ChatSyncError);
  });
});
