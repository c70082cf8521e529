import { gzipCodec } from '@chat-vault/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runScenario } from './scenario.js';
import { SealAudit } from './seal-audit.js';
import { type MakeCodec, realCodec } from './seeded-codec.js';
import { simulatePlatform } from './simulated-platform.js';

/** The seeds within which a broken codec must be noticed. */
const SEEDS = 5;

const alwaysOneSalt: MakeCodec = ({ keys }) =>
  realCodec({ keys, random: (length) => new Uint8Array(length) });

const nothingSealed: MakeCodec = (parts) => ({
  ...realCodec(parts),
  encode: (json, context) => gzipCodec().encode(json, context),
});

const plainTail: MakeCodec = (parts) => {
  const codec = realCodec(parts);
  return {
    ...codec,
    encode: async (json, context) => {
      const sealed = await codec.encode(json, context);
      if (context.kind !== 'delta') return sealed;
      return Uint8Array.from([...sealed, ...new TextEncoder().encode(JSON.stringify(json))]);
    },
  };
};

const takesAllMonths: MakeCodec = (parts) => {
  const codec = realCodec(parts);
  const first = { kind: 'segment', partition: '2024-01' } as const;
  const anyMonth = <Context extends { readonly kind: string }>(context: Context) =>
    context.kind === 'segment' ? first : context;
  return {
    ...codec,
    encode: (json, context) => codec.encode(json, anyMonth(context)),
    decode: (bytes, context) => codec.decode(bytes, anyMonth(context)),
  };
};

async function complaints(makeCodec: MakeCodec): Promise<string> {
  const found: string[] = [];
  for (let seed = 1; seed <= SEEDS; seed++)
    await runScenario(seed, { isSealing: true, makeCodec }).catch((error: unknown) =>
      found.push(String(error).split('\n')[0] ?? ''),
    );
  return found.join('\n');
}

describe('a scenario with encryption', () => {
  let takeBack: () => void;
  beforeAll(() => {
    takeBack = simulatePlatform();
  });
  afterAll(() => takeBack());

  it('notices a codec that uses a salt again', async () => {
    expect(await complaints(alwaysOneSalt)).toContain('uses a key and nonce again');
  });

  it('notices a codec that does not seal', async () => {
    expect(await complaints(nothingSealed)).toContain('holds what is not sealed');
  });

  it('notices plain text after what is sealed', async () => {
    expect(await complaints(plainTail)).toContain('shows what it holds');
  });

  it('notices a codec that opens a segment in the place of another month', async () => {
    expect(await complaints(takesAllMonths)).toContain('another month of a sealed segment');
  });

  it('looks at names of files too', () => {
    const path = 'chat-vault/2024/marker.json.gz.enc';
    expect(() => new SealAudit().sent(path, new Uint8Array())).toThrow('shows what it holds');
  });
});
