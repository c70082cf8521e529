import { describe, expect, it } from 'vitest';
import { slowQuickXorHash } from '../../peers/onedrive/slow-quick-xor-hash.js';
import { someBytes } from '../testing/conformance/bench.js';
import { quickXorHash } from './quick-xor-hash.js';

const fromBase64 = (text: string) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));

describe('quickXorHash', () => {
  it.each([
    ['', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='],
    ['Sg==', 'SgAAAAAAAAAAAAAAAQAAAAAAAAA='],
    ['tbQ=', 'taAFAAAAAAAAAAAAAgAAAAAAAAA='],
    ['XoJ1AsoR4fDYJrDqYs4=', 'XhBEHQSgjAiEAx7YPgEs1CEGZwA='],
    [
      'ikwCorI7PKWz17EI50jZCGbV9JU2E8bXVfxNMg5zdmqSZ2NlsQPp0kqYIPjzwTg1MBtfWPg53k0h0P2naJNEVgrqpoHTfV2b3pJ4m0zYPTJmUX4Bg/lOxcnCxAYKU29Y5F0U8Quz7ZXFBEweftXxJ7RS4r6N7BzJrPsLhY7hgck=',
      'imAoFvCWlDn4yVw3/oq1PDbbm6U=',
    ],
  ])('of %s is what other programs say', (input, hash) => {
    expect(quickXorHash(fromBase64(input))).toBe(hash);
  });

  it.each([15, 20, 159, 160, 161, 255, 256, 1000, 70_000])(
    'of %i bytes is what the definition says',
    (size) => {
      const bytes = someBytes(size);
      expect(quickXorHash(bytes)).toBe(slowQuickXorHash(bytes));
    },
  );
});
