import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../codec/concat-bytes.js';
import { gzipCodec } from '../codec/gzip-codec.js';
import { jsonCodec } from '../codec/json-codec.js';
import { type CodecContext } from '../codec/vault-codec.js';
import { FormatError } from '../errors/format-error.js';
import { MAX_JSON_BYTES } from '../format/limits.js';
import { canonicalJson } from '../json/canonical-json.js';
import { countingRandom, impostorOf, sampleKey } from '../testing/sealed-samples.js';
import { codeThrownBy } from '../testing/thrown-by.js';
import { twoKeyCiphertext } from '../testing/two-key-ciphertext.js';
import { HEADER_BYTES, openEnvelope, parseEnvelope, sealEnvelope } from './envelope.js';
import { hkdf } from './hkdf.js';
import { padmeLength } from './padme.js';
import { sealedCodec } from './sealed-codec.js';
import { VaultKeyring } from './vault-keyring.js';

const CONTEXTS: readonly CodecContext[] = [
  { kind: 'delta' },
  { kind: 'manifest' },
  { kind: 'catalog' },
  { kind: 'segment', partition: '2024-01' },
  { kind: 'segment', partition: '2024-02' },
  { kind: 'entities', partition: '2024-01' },
  { kind: 'entities', partition: '2024-02' },
];
const context = { kind: 'delta' } as const;
const utf8 = (text: string) => new TextEncoder().encode(text);
const keyring = async (...bytes: readonly number[]) =>
  new VaultKeyring(await Promise.all(bytes.map((byte) => sampleKey(byte))));
const codecOf = async (...bytes: readonly number[]) =>
  sealedCodec({ keyring: await keyring(...bytes) });

/** Whether the bytes hold the others anywhere. */
const holds = (bytes: Uint8Array, part: Uint8Array) =>
  Buffer.from(bytes).includes(Buffer.from(part));

describe('sealedCodec', () => {
  it.each(CONTEXTS)('gives back what was sealed as $kind $partition', async (place) => {
    const codec = await codecOf(1);
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), async (value) => {
        const decoded = await codec.decode(await codec.encode(value, place), place);
        expect(canonicalJson(decoded)).toBe(canonicalJson(value));
      }),
      { seed: 61, numRuns: 30 },
    );
  });

  it('tells by the beginning of a file whether the key that writes now sealed it', async () => {
    const [old, ring] = [await codecOf(2), await keyring(1, 2)];
    const codec = sealedCodec({ keyring: ring });
    const other =
      (await keyring(1)).writingKey?.id === ring.writingKey?.id ? old : await codecOf(1);
    const text = { text: 'x'.repeat(1000) };
    const [now, before] = [await codec.encode(text, context), await other.encode(text, context)];
    expect(await codec.isCurrent?.(now.subarray(0, 256))).toBe(true);
    expect(await codec.isCurrent?.(before.subarray(0, 256))).toBe(false);
    // What is damaged, or of a newer version, is not for a rewriting to mend.
    for (const odd of [utf8('CVE'), utf8('CVE2'.padEnd(256)), gzipSync('{}'), new Uint8Array()])
      expect(await codec.isCurrent?.(odd)).toBe(true);
    const locked = sealedCodec({ keyring: new VaultKeyring([]) });
    expect(await locked.isCurrent?.(now)).toBe(true);
  });

  it('refuses each changed byte of an envelope', async () => {
    const codec = await codecOf(1);
    const bytes = await codec.encode({ text: 'hello', list: [1, 2, 3] }, context);
    const codes = new Set<string>();
    for (let at = 0; at < bytes.length; at++)
      for (const mask of [0x01, 0x80, 0xff]) {
        const changed = bytes.map((byte, index) => (index === at ? byte ^ mask : byte));
        const code = await codeThrownBy(() => codec.decode(changed, context));
        expect(code, `byte ${at}`).not.toBe('none');
        if (at >= 21 && at < 85) expect(code).toBe('not-authentic');
        if (at >= HEADER_BYTES) expect(code).toBe('not-authentic');
        codes.add(code);
      }
    expect([...codes].sort()).toEqual([
      'malformed',
      'not-authentic',
      'too-large',
      'unknown-key',
      'upgrade-required',
    ]);
  });

  it('refuses each truncation and anything after the end', async () => {
    const codec = await codecOf(1);
    const bytes = await codec.encode({ text: 'hello' }, context);
    for (let length = 0; length < bytes.length; length++)
      expect(await codeThrownBy(() => codec.decode(bytes.slice(0, length), context))).toBe(
        'malformed',
      );
    for (const tail of [Uint8Array.of(0), bytes])
      expect(await codeThrownBy(() => codec.decode(concatBytes([bytes, tail]), context))).toBe(
        'malformed',
      );
  });

  it('refuses a truncated or longer ciphertext whose length was changed with it', async () => {
    const codec = await codecOf(1);
    const bytes = await codec.encode({ text: 'hello hello hello' }, context);
    for (let size = HEADER_BYTES; size < bytes.length + 40; size++) {
      if (size === bytes.length) continue;
      const changed = new Uint8Array(size);
      changed.set(bytes.subarray(0, size));
      new DataView(changed.buffer).setUint32(HEADER_BYTES - 4, size - HEADER_BYTES);
      expect(['malformed', 'not-authentic']).toContain(
        await codeThrownBy(() => codec.decode(changed, context)),
      );
    }
  });

  it('refuses what was sealed for another kind, month or key', async () => {
    const codec = await codecOf(1);
    for (const from of CONTEXTS)
      for (const to of CONTEXTS) {
        const bytes = await codec.encode([1], from);
        const code = await codeThrownBy(() => codec.decode(bytes, to));
        expect(code).toBe(from === to ? 'none' : 'not-authentic');
      }
    const bytes = await codec.encode([1], context);
    const key = await sampleKey(1);
    const impostor = await impostorOf(key, 2);
    const deceived = sealedCodec({ keyring: new VaultKeyring([impostor]) });
    expect(await codeThrownBy(() => deceived.decode(bytes, context))).toBe('not-authentic');
  });

  it('refuses the ciphertext of one envelope behind the header of another', async () => {
    const codec = await codecOf(1);
    const [a, b] = [await codec.encode([1], context), await codec.encode([2], context)];
    expect(a.length).toBe(b.length);
    const mixed = concatBytes([a.subarray(0, HEADER_BYTES), b.subarray(HEADER_BYTES)]);
    expect(await codeThrownBy(() => codec.decode(mixed, context))).toBe('not-authentic');
  });

  it('refuses a ciphertext that opens under two keys, whichever of them is committed to', async () => {
    const salt = new Uint8Array(32).fill(9);
    const mine = await sampleKey(1);
    const theirs = await impostorOf(mine, 2);
    const derive = (key: CryptoKey) => hkdf(key, salt, 'chat-vault/1/delta', 64);
    const [myBits, theirBits] = [await derive(mine.key), await derive(theirs.key)];
    const rawKeys = [myBits.slice(0, 32), theirBits.slice(0, 32)] as const;
    const honest = await sealEnvelope(new Uint8Array(92), context, { key: theirs, salt });
    const header = honest.slice(0, HEADER_BYTES);
    const additionalData = concatBytes([
      header,
      Uint8Array.of(1, 5),
      utf8('delta'),
      new Uint8Array(1),
    ]);
    const ciphertext = await twoKeyCiphertext([rawKeys[0], rawKeys[1]], additionalData, 6);
    for (const rawKey of rawKeys) {
      const key = await crypto.subtle.importKey('raw', rawKey, 'AES-GCM', false, ['decrypt']);
      const algorithm = {
        name: 'AES-GCM',
        iv: new Uint8Array(12),
        additionalData: additionalData as Uint8Array<ArrayBuffer>,
      };
      const bytes = ciphertext as Uint8Array<ArrayBuffer>;
      expect((await crypto.subtle.decrypt(algorithm, key, bytes)).byteLength).toBe(96);
    }
    const envelope = parseEnvelope(concatBytes([header, ciphertext]));
    expect(await codeThrownBy(() => openEnvelope(envelope, context, mine))).toBe('not-authentic');
    // Their own key opens it, and what it holds is no padded content.
    expect(await codeThrownBy(() => openEnvelope(envelope, context, theirs))).toBe('malformed');
  });

  it('tells apart a vault that is locked, a key that is missing, and a file that is not sealed', async () => {
    const bytes = await (await codecOf(1)).encode([1], context);
    const other = await codecOf(2);
    expect(await codeThrownBy(async () => (await codecOf()).decode(bytes, context))).toBe('locked');
    expect(await codeThrownBy(async () => (await codecOf()).encode([1], context))).toBe('locked');
    const error = await other.decode(bytes, context).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FormatError);
    expect(error).toMatchObject({
      code: 'unknown-key',
      details: { keyId: (await sampleKey(1)).id },
    });
    for (const plain of [gzipCodec(), jsonCodec()])
      expect(
        await codeThrownBy(async () =>
          other.decode(await plain.encode({ a: 1 }, context), context),
        ),
      ).toBe('unsealed');
    for (const junk of [new Uint8Array(), utf8('junk'), utf8('CVE'), new Uint8Array(200)])
      expect(await codeThrownBy(() => other.decode(junk, context))).toBe('malformed');
    for (const [at, value] of [
      [3, 0x32],
      [4, 2],
    ] as const) {
      const newer = bytes.map((byte, index) => (index === at ? value : byte));
      expect(await codeThrownBy(() => other.decode(newer, context))).toBe('upgrade-required');
    }
  });

  it('follows its keyring: keys that come and go count at once', async () => {
    const ring = new VaultKeyring();
    const codec = sealedCodec({ keyring: ring });
    ring.add([await sampleKey(1)]);
    const first = await codec.encode('first', context);
    ring.add([await sampleKey(2, 1)]);
    const second = await codec.encode('second', context);
    expect(parseEnvelope(second).keyId).toBe((await sampleKey(2)).id);
    expect(await codec.decode(first, context)).toBe('first');
    expect(await codec.decode(second, context)).toBe('second');
    ring.lock();
    expect(await codeThrownBy(() => codec.decode(first, context))).toBe('locked');
  });

  it('seals a segment only for a month, and entities only for a file', async () => {
    const codec = await codecOf(1);
    for (const kind of ['segment', 'entities'] as const)
      await expect(codec.encode([1], { kind })).rejects.toBeInstanceOf(TypeError);
  });

  it('writes nothing of the content and of the key', async () => {
    const codec = await codecOf(1);
    const marker = 'a message that nobody may read';
    const json = { messages: Array.from({ length: 50 }, () => ({ payloadText: marker })) };
    for (const place of CONTEXTS) {
      const bytes = await codec.encode(json, place);
      for (const part of [utf8(marker), utf8('payloadText'), Uint8Array.of(0x1f, 0x8b, 8)])
        expect(holds(bytes, part)).toBe(false);
      expect(holds(bytes, new Uint8Array(32).fill(1))).toBe(false);
      const { salt } = parseEnvelope(bytes);
      const bits = await hkdf((await sampleKey(1)).key, salt, `chat-vault/1/${place.kind}`, 64);
      expect(holds(bytes, bits.subarray(0, 32))).toBe(false);
      expect(holds(bytes, bits.subarray(32))).toBe(true);
      const changed = bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));
      const error = await codec.decode(changed, place).catch((caught: unknown) => caught);
      const { message, stack, details, cause } = error as FormatError;
      const said = JSON.stringify([message, stack, details, String(cause)]);
      expect(said).not.toContain(marker);
      expect(said).not.toContain(Buffer.from(bits.subarray(0, 32)).toString('hex'));
    }
  });

  it(
    'gives each sealing a salt of its own, so no key seals twice',
    { timeout: 120_000 },
    async () => {
      const codec = await codecOf(1);
      const salts = new Set<string>();
      for (let batch = 0; batch < 100; batch++) {
        const sealed = await Promise.all(
          Array.from({ length: 100 }, () => codec.encode([1], context)),
        );
        for (const bytes of sealed)
          salts.add(Buffer.from(parseEnvelope(bytes).salt).toString('hex'));
      }
      expect(salts.size).toBe(10_000);
    },
  );

  it('hides the size of the content within 12 %', async () => {
    const codec = await codecOf(1);
    for (let count = 1; count < 4000; count += 397) {
      const json = countingRandom(count)(count).join('');
      const packed = (await gzipCodec().encode(json, context)).length;
      const sealed = (await codec.encode(json, context)).length;
      expect(sealed).toBe(HEADER_BYTES + 16 + padmeLength(4 + packed));
    }
  });

  it('stops inflating a bomb at the limit', async () => {
    const key = await sampleKey(1);
    const codec = sealedCodec({ keyring: new VaultKeyring([key]) });
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(8 * MAX_JSON_BYTES)));
    const bytes = await sealEnvelope(bomb, context, { key, salt: new Uint8Array(32) });
    expect(await codeThrownBy(() => codec.decode(bytes, context))).toBe('too-large');
  });

  it('refuses sealed bytes that are no gzip, or no JSON', async () => {
    const key = await sampleKey(1);
    const codec = sealedCodec({ keyring: new VaultKeyring([key]) });
    for (const content of [utf8('junk'), new Uint8Array(), new Uint8Array(gzipSync('{"a":'))]) {
      const bytes = await sealEnvelope(content, context, { key, salt: new Uint8Array(32) });
      expect(await codeThrownBy(() => codec.decode(bytes, context))).toBe('malformed');
    }
  });

  it('throws nothing but FormatError for random bytes', async () => {
    const codec = await codecOf(1);
    const begun = fc
      .uint8Array({ minLength: 100, maxLength: 300 })
      .map((bytes) => concatBytes([utf8('CVE1\u0001'), bytes]));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), begun), async (bytes) => {
        const code = await codeThrownBy(() => codec.decode(new Uint8Array(bytes), context));
        expect(code).not.toBe('none');
      }),
      { seed: 62, numRuns: 300 },
    );
  });
});

describe('VaultKeyring', () => {
  it('writes with the newest generation, of several with the smallest id, in whatever order they come', async () => {
    const keys = await Promise.all([1, 2, 3, 4].map((byte) => sampleKey(byte)));
    const rotated = await Promise.all([5, 6].map((byte) => sampleKey(byte, 1)));
    const smallest = (list: readonly { readonly id: string }[]) =>
      list.map(({ id }) => id).sort()[0];
    expect(new VaultKeyring(keys).writingKey?.id).toBe(smallest(keys));
    expect(new VaultKeyring([...keys].reverse()).writingKey?.id).toBe(smallest(keys));
    expect(new VaultKeyring([...keys, ...rotated]).writingKey?.id).toBe(smallest(rotated));
    const ring = new VaultKeyring(rotated);
    ring.add(keys);
    ring.add(keys);
    expect(ring.keys).toHaveLength(6);
    expect(ring.writingKey?.id).toBe(smallest(rotated));
  });

  it('is locked without keys', async () => {
    const ring = await keyring(1);
    expect(ring.isLocked).toBe(false);
    ring.lock();
    expect(ring.isLocked).toBe(true);
    expect(ring.writingKey).toBeUndefined();
  });

  it('keeps keys whose bytes cannot be had', async () => {
    const [key] = (await keyring(1)).keys;
    expect(key?.key.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('raw', key?.key as CryptoKey)).rejects.toThrow();
  });
});
