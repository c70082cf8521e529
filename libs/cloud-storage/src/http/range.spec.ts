import { describe, expect, it } from 'vitest';
import { rangeHeader, takeBody } from './range.js';

const bytes = new TextEncoder().encode('0123456789');
const answer = (status: number, text: string, contentRange?: string) => ({
  status,
  headers: new Headers(contentRange ? { 'Content-Range': contentRange } : {}),
  bytes: new TextEncoder().encode(text),
});
const take = (
  given: ReturnType<typeof answer>,
  range?: { readonly offset: number; readonly length: number },
  size?: number,
) => new TextDecoder().decode(takeBody(given, { task: 'test: GET "a"', range, size }));

describe('rangeHeader', () => {
  it('asks for at least one byte, and for all without a range', () => {
    expect(rangeHeader({ offset: 2, length: 3 })).toEqual({ Range: 'bytes=2-4' });
    expect(rangeHeader({ offset: 2, length: 0 })).toEqual({ Range: 'bytes=2-2' });
    expect(rangeHeader(undefined)).toEqual({});
  });
});

describe('takeBody', () => {
  const range = { offset: 2, length: 3 };

  it.each([
    ['all', answer(200, '0123456789'), undefined, 10, '0123456789'],
    ['all of unknown size', answer(200, '0123456789'), undefined, undefined, '0123456789'],
    ['a part of what came whole', answer(200, '0123456789'), range, 10, '234'],
    ['the part', answer(206, '234', 'bytes 2-4/10'), range, 10, '234'],
    ['the part, its place unseen', answer(206, '234'), range, undefined, '234'],
    ['what there is at the end', answer(206, '89'), { offset: 8, length: 5 }, 10, '89'],
    ['nothing', answer(206, '2'), { offset: 2, length: 0 }, 10, ''],
    ['nothing behind the end', answer(416, ''), { offset: 99, length: 5 }, 10, ''],
    ['an empty file', answer(200, ''), undefined, 0, ''],
  ])('gives %s', (_, given, wanted, size, text) => {
    expect(take(given, wanted, size)).toBe(text);
  });

  it.each([
    ['too little of all', answer(200, '012345678'), undefined, 10, 'unavailable'],
    ['too little of what came whole', answer(200, '01234'), range, 10, 'unavailable'],
    ['too little of a part', answer(206, '23'), range, 10, 'unavailable'],
    [
      'too little by its own words',
      answer(206, '2', 'bytes 2-4/10'),
      range,
      undefined,
      'unavailable',
    ],
    ['too much of all', answer(200, '01234567890'), undefined, 10, 'invalid'],
    ['too much of a part', answer(206, '2345'), range, 10, 'invalid'],
    ['another part', answer(206, '012', 'bytes 0-2/10'), range, 10, 'invalid'],
    ['a part instead of all', answer(206, '234'), undefined, 10, 'invalid'],
  ])('refuses %s', (_, given, wanted, size, code) => {
    expect(() => take(given, wanted, size)).toThrow(expect.objectContaining({ code }));
  });

  it('gives bytes that stay as they are', () => {
    const whole = { ...answer(200, ''), bytes };
    const taken = takeBody(whole, { task: 'test', range, size: 10 });
    taken.fill(0);
    expect(new TextDecoder().decode(bytes)).toBe('0123456789');
  });
});
