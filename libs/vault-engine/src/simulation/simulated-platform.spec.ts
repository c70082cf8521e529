import { seededRandom } from '@chat-vault/cloud-storage/testing';
import { gzipCodec } from '@chat-vault/core';
import { sha256Hex } from '@chat-vault/core/format';
import { afterEach, describe, expect, it } from 'vitest';
import { runScenario } from './scenario.js';
import { realCodec, seededCodecParts } from './seeded-codec.js';
import { simulatePlatform } from './simulated-platform.js';

const SEGMENT = { kind: 'segment', partition: '2024-01' } as const;
const JSON_VALUE = { text: 'grüße', list: [1, null, { deep: true }] };

describe('simulatePlatform', () => {
  let takeBack = (): void => undefined;
  afterEach(() => takeBack());

  it('seals to the bytes that WebCrypto seals to, and each opens what the other sealed', async () => {
    const seal = async () => realCodec(await seededCodecParts(7)).encode(JSON_VALUE, SEGMENT);
    const open = async (bytes: Uint8Array) =>
      realCodec(await seededCodecParts(7)).decode(bytes, SEGMENT);
    const real = await seal();
    takeBack = simulatePlatform();
    const simulated = await seal();
    expect(simulated.subarray(0, 89)).toEqual(real.subarray(0, 89));
    expect(await open(real)).toEqual(JSON_VALUE);
    takeBack();
    expect(await open(simulated)).toEqual(JSON_VALUE);
  });

  it('refuses what WebCrypto and the gzip streams refuse, with the same codes', async () => {
    const sealed = await realCodec(await seededCodecParts(7)).encode(JSON_VALUE, SEGMENT);
    const packed = await gzipCodec().encode(JSON_VALUE, SEGMENT);
    const refusals = async () => {
      const codec = realCodec(await seededCodecParts(7));
      const codes: unknown[] = [];
      for (let at = 0; at < sealed.length; at += 7)
        codes.push(await codeOf(codec.decode(flipped(sealed, at), SEGMENT)));
      for (let at = 0; at < packed.length; at++)
        codes.push(await codeOf(gzipCodec().decode(flipped(packed, at), SEGMENT)));
      for (const end of [0, 1, 20, packed.length - 1])
        codes.push(await codeOf(gzipCodec().decode(packed.subarray(0, end), SEGMENT)));
      for (const tail of [[0], [1, 2, 3], [...packed]])
        codes.push(
          await codeOf(gzipCodec().decode(Uint8Array.from([...packed, ...tail]), SEGMENT)),
        );
      return codes;
    };
    const real = await refusals();
    takeBack = simulatePlatform();
    expect(await refusals()).toEqual(real);
  });

  it('hashes as WebCrypto does', async () => {
    const random = seededRandom(3);
    const bytes = Uint8Array.from({ length: 1000 }, () => Math.floor(random() * 256));
    const real = await sha256Hex(bytes);
    takeBack = simulatePlatform();
    expect(await sha256Hex(bytes)).toBe(real);
  });

  it('clones as the platform does', () => {
    const value = {
      date: new Date(5),
      bytes: Uint8Array.of(1, 2),
      map: new Map([[1, { a: 1 }]]),
      list: [undefined, null, 'x', 1n],
      nested: { empty: {}, set: new Set(['y']) },
    };
    takeBack = simulatePlatform();
    const copy = structuredClone(value);
    expect(copy).toEqual(value);
    expect(copy.bytes).not.toBe(value.bytes);
    expect(copy.nested.empty).not.toBe(value.nested.empty);
    expect(() => structuredClone({ work: () => 1 })).toThrow('could not be cloned');
  });

  it('makes one seed give one hash, and another seed another', { timeout: 120_000 }, async () => {
    takeBack = simulatePlatform();
    for (const options of [{}, { isDamaging: true }, { isSealing: true }]) {
      const first = await runScenario(3, options);
      const second = await runScenario(3, options);
      expect(second).toEqual(first);
      expect((await runScenario(4, options)).hash).not.toBe(first.hash);
    }
  });
});

const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, each) => (each === at ? byte ^ 1 : byte));

const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'opened',
    (error: { readonly code?: string }) => error.code,
  );
