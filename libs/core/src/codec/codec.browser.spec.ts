import { describe, expect, it } from 'vitest';
import { MAX_JSON_BYTES } from '../format/limits.js';
import { sha256Hex } from '../format/sha256.js';
import { createVault, parseVault, vaultToJson } from '../format/vault.js';
import { fromBase64, toBase64 } from '../model/base64.js';
import { parseStampedMessage } from '../model/parse-records.js';
import { codeThrownBy } from '../testing/thrown-by.js';
import { concatBytes } from './concat-bytes.js';
import { gzip, gzipCodec } from './gzip-codec.js';
import { jsonCodec } from './json-codec.js';

const context = { kind: 'delta' } as const;

const vault = () =>
  createVault({
    vaultId: '018d5f3a-0000-7000-8000-000000000001',
    content: {
      messages: ['héllo 😀', '\ufeff', ''].map((payloadText, index) =>
        parseStampedMessage({
          id: `m${index}`,
          conversationUrn: 'urn:a',
          senderId: 's',
          typeId: 'text/plain',
          sentTimestamp: '2024-01-31T10:15:30.123Z',
          payloadText,
          stamp: '018d5f3a0000-0000-00000000000000aa',
        }),
      ),
      tombstones: [],
      reactions: [],
      cleared: [],
    },
  });

describe.each([jsonCodec(), gzipCodec()])('$extension codec in a browser', (codec) => {
  it('gives back the vault that was encoded', async () => {
    const bytes = await codec.encode(vaultToJson(vault()), context);
    expect(parseVault(await codec.decode(bytes, context))).toEqual(vault());
  });

  it('refuses truncated bytes and anything after the end', async () => {
    const bytes = await codec.encode(vaultToJson(vault()), context);
    for (let length = 0; length < bytes.length - 1; length += 7)
      expect(await codeThrownBy(() => codec.decode(bytes.slice(0, length), context))).toBe(
        'malformed',
      );
    for (const tail of [Uint8Array.of(0x78), bytes])
      expect(await codeThrownBy(() => codec.decode(concatBytes([bytes, tail]), context))).toBe(
        'malformed',
      );
  });
});

describe('gzipCodec in a browser', () => {
  it('stops inflating a bomb at the limit', async () => {
    const bomb = await gzip(new Uint8Array(4 * MAX_JSON_BYTES));
    expect(await codeThrownBy(() => gzipCodec().decode(bomb, context))).toBe('too-large');
  });
});

describe('base64 in a browser', () => {
  it('gives the bytes back and refuses what it would not write', () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index * 7);
    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
    for (const text of ['AB==', 'AA', 'A A=', '-_==']) expect(fromBase64(text)).toBeNull();
  });
});

describe('sha256Hex in a browser', () => {
  it('gives the digests of FIPS 180-4', async () => {
    expect(await sha256Hex(new Uint8Array())).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    expect(await sha256Hex(new TextEncoder().encode('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});
