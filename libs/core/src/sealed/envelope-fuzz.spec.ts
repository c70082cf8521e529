import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { concatBytes } from '../codec/concat-bytes.js';
import { type CodecContext } from '../codec/vault-codec.js';
import { FormatError } from '../errors/format-error.js';
import { MAX_JSON_BYTES } from '../format/limits.js';
import { parseVault } from '../format/vault.js';
import { hostileJson } from '../testing/hostile-json.js';
import { meterInflating } from '../testing/metered-inflating.js';
import { byteChanges, changeBytes } from '../testing/mutated-bytes.js';
import { codeThrownBy } from '../testing/thrown-by.js';
import { formsOf, wordsOf } from '../testing/words-of.js';
import { deriveCommittedKey, sealOnce } from './committed-key.js';
import { HEADER_BYTES, keyIdOf, sealEnvelope } from './envelope.js';
import { equalBytes } from './equal-bytes.js';
import { fromHex } from './hex.js';
import { pad } from './padme.js';
import { sealedCodec } from './sealed-codec.js';
import { toVaultKey, type VaultKey } from './vault-key.js';
import { VaultKeyring } from './vault-keyring.js';
import vectors from './vectors.json';

/** All that a decoder with the key may say of bytes that nobody with the key wrote. */
const FORGED = ['malformed', 'not-authentic', 'too-large', 'unknown-key', 'upgrade-required'];
/** And of what somebody with the key wrote. */
const FAULTY = ['none', 'malformed', 'too-large'];
const LENGTH_AT = HEADER_BYTES - 4;
const context = { kind: 'delta' } as const;
const salt = new Uint8Array(32).fill(7);
const RAW_KEY = fromHex('c3'.repeat(32));
const utf8 = (text: string) => new TextEncoder().encode(text);
const packed = (text: string | Uint8Array) => new Uint8Array(gzipSync(text));
const openKey = (raw = RAW_KEY) => toVaultKey({ generation: 0, bytes: raw.slice() });
const codecFor = (...keys: readonly VaultKey[]) => sealedCodec({ keyring: new VaultKeyring(keys) });

// Many runs each, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** An envelope with the right key around any plaintext, padded or not: as a faulty writer with the key would make it. */
async function sealAsIs(plaintext: Uint8Array, key: VaultKey): Promise<Uint8Array> {
  const honest = await sealEnvelope(new Uint8Array(), context, { key, salt });
  const header = honest.slice(0, HEADER_BYTES);
  new DataView(header.buffer).setUint32(LENGTH_AT, plaintext.length + 16);
  const committed = await deriveCommittedKey(key.key, salt, 'chat-vault/1/delta');
  const place = concatBytes([header, Uint8Array.of(1, 5), utf8('delta'), new Uint8Array(1)]);
  return concatBytes([header, await sealOnce(committed, plaintext, place)]);
}

describe.each(vectors.envelopes)('a mutated envelope of a $kind', (vector) => {
  const place: CodecContext =
    vector.partition === undefined
      ? { kind: vector.kind as CodecContext['kind'] }
      : { kind: 'segment', partition: vector.partition };
  const golden = fromHex(vector.envelope);
  const others = vectors.envelopes.map(({ envelope }) => fromHex(envelope));
  const secrets = [
    ...formsOf(fromHex(vector.vaultKey)),
    ...formsOf(fromHex(vector.key)),
    ...formsOf(fromHex(vector.gzip)),
    vector.json.trim(),
    '😀',
  ];

  it('is never opened, is refused by a FormatError, and nothing of it is told', async () => {
    const codec = codecFor(await openKey(fromHex(vector.vaultKey)));
    const changes = byteChanges(golden.length, [0, 3, 4, 5, 21, 53, LENGTH_AT, HEADER_BYTES]);
    await fc.assert(
      fc.asyncProperty(changes, fc.constantFrom(...others), async (list, other) => {
        const mutant = changeBytes(golden, list, other);
        fc.pre(!equalBytes(mutant, golden));
        // A whole one of another place is refused as well, and by the same words.
        const error: unknown = await codec.decode(mutant, place).catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(FormatError);
        expect(FORGED).toContain((error as FormatError).code.replace('unsealed', 'malformed'));
        const words = wordsOf(error);
        for (const secret of secrets) expect(words).not.toContain(secret);
      }),
      { seed: 101, numRuns: 400 },
    );
  });
});

describe('sealedCodec', () => {
  it('refuses random bytes, bare and behind the beginning of a genuine envelope', async () => {
    const key = await openKey();
    const codec = codecFor(key);
    const genuine = await codec.encode({ text: 'hello' }, context);
    const begun = fc
      .tuple(
        fc.constantFrom(3, 4, 5, 21, 53, LENGTH_AT, HEADER_BYTES),
        fc.uint8Array({ maxLength: 300 }),
      )
      .map(([at, tail]) => concatBytes([genuine.subarray(0, at), tail]));
    const whole = begun
      .filter(({ length }) => length >= HEADER_BYTES)
      .map((bytes) => changeBytes(bytes, [writeLength(bytes.length - HEADER_BYTES)], bytes));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), begun, whole), async (bytes) => {
        fc.pre(!equalBytes(bytes, genuine));
        expect([...FORGED, 'unsealed']).toContain(
          await codeThrownBy(() => codec.decode(bytes, context)),
        );
        const id = keyIdOf(bytes.subarray(0, 256));
        expect(id === undefined || /^[0-9a-f]{32}$/.test(id)).toBe(true);
      }),
      { seed: 102, numRuns: 600 },
    );
  });

  it('derives and opens nothing for a length that does not fit', async () => {
    const key = await openKey();
    const genuine = await codecFor(key).encode({ text: 'hello' }, context);
    const derive = vi.spyOn(crypto.subtle, 'deriveBits');
    const open = vi.spyOn(crypto.subtle, 'decrypt');
    const right = genuine.length - HEADER_BYTES;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.nat(0xffff_ffff), fc.integer({ min: right - 40, max: right + 40 })),
        async (length) => {
          fc.pre(length !== right);
          const bytes = changeBytes(genuine, [writeLength(length)], genuine);
          expect(['malformed', 'too-large']).toContain(
            await codeThrownBy(() => codecFor(key).decode(bytes, context)),
          );
        },
      ),
      { seed: 103, numRuns: 300 },
    );
    expect(derive).not.toHaveBeenCalled();
    expect(open).not.toHaveBeenCalled();
  });
});

const writeLength = (value: number) => ({ how: 'write', at: LENGTH_AT, length: 0, value }) as const;

describe('what a faulty writer with the key sealed', () => {
  it('is read only when its padding is of the format', async () => {
    const key = await openKey();
    const content = packed('{"a":1}');
    const right = pad(content);
    await fc.assert(
      fc.asyncProperty(byteChanges(right.length, [0, 4]), async (list) => {
        const plaintext = changeBytes(right, list, right);
        // What is shorter no envelope holds.
        fc.pre(plaintext.length >= 4);
        const bytes = await sealAsIs(plaintext, key);
        const code = await codeThrownBy(() => codecFor(key).decode(bytes, context));
        expect(FAULTY).toContain(code);
        const length = new DataView(plaintext.buffer, plaintext.byteOffset).getUint32(0);
        const isPadded =
          length <= plaintext.length - 4 &&
          equalBytes(plaintext, pad(plaintext.slice(4, 4 + length)));
        if (!isPadded) expect(code).toBe('malformed');
      }),
      { seed: 104, numRuns: 250 },
    );
    expect(await codecFor(key).decode(await sealAsIs(right, key), context)).toEqual({ a: 1 });
  });

  it('is hostile JSON, and ends as a value or in a FormatError that quotes nothing', async () => {
    const key = await openKey();
    const codec = codecFor(key);
    const marker = 'zqxj-a-message-zqxj';
    const texts = hostileJson().chain((text) =>
      fc.constantFrom(
        text,
        `{"payloadText":"${marker}",${text}`,
        `${text}${marker}`,
        `${marker}${text}`,
      ),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const bytes = await sealEnvelope(packed(text), context, { key, salt });
        const read = async () => parseVault(await codec.decode(bytes, context));
        const error: unknown = await read().catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(FormatError);
        expect(FAULTY).toContain((error as FormatError).code);
        expect(wordsOf(error)).not.toContain('zqxj');
        expect('polluted' in {}).toBe(false);
      }),
      { seed: 105, numRuns: 300 },
    );
  });

  it('is a damaged gzip stream, and ends as a value or in a FormatError', async () => {
    const key = await openKey();
    const golden = packed(JSON.stringify({ text: 'zqxj '.repeat(40) }));
    await fc.assert(
      fc.asyncProperty(byteChanges(golden.length, [4, golden.length - 8]), async (list) => {
        const content = changeBytes(golden, list, packed('[1]'));
        const bytes = await sealEnvelope(content, context, { key, salt });
        const error: unknown = await codecFor(key)
          .decode(bytes, context)
          .then(() => undefined)
          .catch((caught: unknown) => caught);
        if (error === undefined) return;
        expect(error).toBeInstanceOf(FormatError);
        expect(FAULTY).toContain((error as FormatError).code);
        expect(wordsOf(error)).not.toContain('zqxj');
      }),
      { seed: 106, numRuns: 250 },
    );
  });

  const zeros = new Uint8Array(4 * MAX_JSON_BYTES);
  it.each([
    ['zeros', packed(zeros)],
    ['JSON', packed(`"${'x'.repeat(2 * MAX_JSON_BYTES)}"`)],
    ['lists in lists', packed('['.repeat(MAX_JSON_BYTES + 1))],
    ['a bomb in a bomb', packed(packed(zeros))],
    [
      'many members',
      concatBytes(Array.from({ length: 40 }, () => packed(zeros.subarray(0, 1 << 20)))),
    ],
    ['one byte too much', packed(`"${'x'.repeat(MAX_JSON_BYTES - 1)}"`)],
  ])('is a bomb of %s, and no more than the limit is inflated', async (_, content) => {
    const key = await openKey();
    const bytes = await sealEnvelope(content, context, { key, salt });
    const inflated = meterInflating();
    expect(['malformed', 'too-large']).toContain(
      await codeThrownBy(() => codecFor(key).decode(bytes, context)),
    );
    expect(inflated()).toBeLessThan(1.1 * MAX_JSON_BYTES);
  });
});
