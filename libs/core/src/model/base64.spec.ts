import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromBase64, toBase64 } from './base64.js';

const runs = { seed: 5, numRuns: 300 };

/** What a platform with its own methods has; Node lends them here. */
const natives = {
  toBase64(this: Uint8Array) {
    return Buffer.from(this).toString('base64');
  },
  fromBase64(text: string) {
    if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) throw new SyntaxError('not base64');
    return new Uint8Array(Buffer.from(text, 'base64'));
  },
};

const define = (target: object, name: string, value: unknown) => {
  const before = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
  return () =>
    before === undefined
      ? Reflect.deleteProperty(target, name)
      : Object.defineProperty(target, name, before);
};

describe.each(['the methods of the platform', 'atob and btoa'])('base64 by %s', (kind) => {
  const isNative = kind.startsWith('the');
  const restore: (() => void)[] = [];
  const setUp = () => {
    restore.push(
      define(Uint8Array.prototype, 'toBase64', isNative ? natives.toBase64 : undefined),
      define(Uint8Array, 'fromBase64', isNative ? natives.fromBase64 : undefined),
    );
  };
  afterEach(() => {
    for (const undo of restore.splice(0)) undo();
    vi.restoreAllMocks();
  });

  it('gives the bytes back, and writes what Node writes', () => {
    setUp();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const text = toBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(fromBase64(text)).toEqual(bytes);
      }),
      runs,
    );
  });

  it('takes a large payload', () => {
    setUp();
    const bytes = Uint8Array.from({ length: 300_001 }, (_, index) => index * 31);
    expect(Buffer.from(fromBase64(toBase64(bytes)) ?? []).equals(Buffer.from(bytes))).toBe(true);
  });

  it.each([
    ' ',
    'A',
    'AA',
    'AAA',
    'AA=',
    'AB==',
    'AAB=',
    'AA==AA==',
    'A A=',
    'AA==\n',
    '-_==',
    'é===',
    '====',
  ])('refuses "%s", which it would not write', (text) => {
    setUp();
    expect(fromBase64(text)).toBeNull();
  });
});
