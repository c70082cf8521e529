import { describe, expect, it } from 'vitest';
import { hashOf } from '../../peers/dropbox/dropbox-tree.js';
import { contentHash } from './content-hash.js';

const MIB = 1024 * 1024;

describe('contentHash', () => {
  it('is the hash of nothing for no bytes', async () => {
    expect(await contentHash(new Uint8Array())).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it.each([1, 4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 9 * MIB])(
    'agrees with another way to compute it for %i bytes',
    async (length) => {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 7) % 251);
      expect(await contentHash(bytes)).toBe(hashOf(Buffer.from(bytes)));
    },
  );

  it('hashes the bytes of a view, not all that is behind it', async () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
    expect(await contentHash(bytes.subarray(10, 20))).toBe(await contentHash(bytes.slice(10, 20)));
  });
});
