import { describe, expect, it } from 'vitest';
import { headerJson } from './header-json.js';

describe('headerJson', () => {
  it.each(['plain', 'Grüße', '日本語', '😀', '\u007f', 'line\nbreak', '"quoted"', '\u2028'])(
    'keeps %j and is ASCII',
    (text) => {
      const json = headerJson({ path: text });
      expect(json).toMatch(/^[\x20-\x7e]*$/);
      expect(JSON.parse(json)).toEqual({ path: text });
    },
  );
});
