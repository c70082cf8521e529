import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from './sha256.js';

describe('sha256Hex', () => {
  it('gives what other libraries give, also for a part of a larger buffer', async () => {
    const buffer = Uint8Array.from({ length: 300 }, (_, index) => index);
    for (const bytes of [new Uint8Array(), buffer, buffer.subarray(3, 100)])
      expect(await sha256Hex(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
  });
});
