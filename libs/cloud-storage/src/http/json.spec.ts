import { describe, expect, it } from 'vitest';
import { fieldsOf, parseCount, parseJson, parseTime } from './json.js';

describe('parseJson', () => {
  it.each(['', '<html>', '{"a":', 'undefined'])('knows nothing of %j', (text) => {
    expect(parseJson(new TextEncoder().encode(text))).toBeUndefined();
  });

  it('reads JSON', () => {
    expect(parseJson(new TextEncoder().encode('{"a":"é"}'))).toEqual({ a: 'é' });
  });
});

describe('fieldsOf', () => {
  it.each([null, undefined, 5, 'text', true])('has none for %j', (value) => {
    expect(fieldsOf(value)['a']).toBeUndefined();
  });
});

describe('parseCount', () => {
  it.each([0, 1, Number.MAX_SAFE_INTEGER])('takes %j', (value) => {
    expect(parseCount(value)).toBe(value);
  });

  it.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53, '5', null, undefined])('refuses %j', (value) => {
    expect(parseCount(value)).toBeUndefined();
  });
});

describe('parseTime', () => {
  it('gives UTC with milliseconds', () => {
    expect(parseTime('2024-01-31T10:15:30Z')).toBe('2024-01-31T10:15:30.000Z');
    expect(parseTime('2024-01-31T11:15:30.12+01:00')).toBe('2024-01-31T10:15:30.120Z');
  });

  it.each(['', 'soon', 5, null, undefined])('refuses %j', (value) => {
    expect(parseTime(value)).toBeUndefined();
  });
});
