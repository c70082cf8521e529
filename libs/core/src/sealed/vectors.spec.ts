import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../codec/concat-bytes.js';
import { goldenBytes } from '../testing/golden.js';
import { type SealedInputs, sealedVectors, sealedVectorsHold } from '../testing/sealed-vectors.js';
import { toHex } from './hex.js';
import { formatRecoveryCode } from './recovery-code.js';
import vectors from './vectors.json';

const VAULT_KEY = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const OTHER_KEY = 'f0'.repeat(32);
const CODE = formatRecoveryCode(Uint8Array.from({ length: 32 }, (_, at) => 255 - at));

/** A gzip member of one stored block (RFC 1951, 3.2.4): the same bytes whatever the compressor. */
function storedGzip(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const head = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1);
  const sizes = new DataView(new ArrayBuffer(4));
  sizes.setUint16(0, bytes.length, true);
  sizes.setUint16(2, 0xffff ^ bytes.length, true);
  const tail = new DataView(new ArrayBuffer(8));
  tail.setUint32(0, crc32(bytes), true);
  tail.setUint32(4, bytes.length, true);
  return toHex(
    concatBytes([head, new Uint8Array(sizes.buffer), bytes, new Uint8Array(tail.buffer)]),
  );
}

const envelope = (
  place: Pick<SealedInputs['envelopes'][number], 'kind' | 'partition'>,
  salt: string,
): SealedInputs['envelopes'][number] => {
  const json = `{"of":"${place.kind}","text":"ü 😀"}\n`;
  return { ...place, vaultKey: VAULT_KEY, salt: salt.repeat(32), json, gzip: storedGzip(json) };
};

const INPUTS: SealedInputs = {
  padding: [0, 1, 2, 4, 9, 99, 100, 1000, 1024, 1025, 65_537, 131_073, 1_000_000, 16_777_217],
  recoveryCodes: ['00'.repeat(32), 'ff'.repeat(32), VAULT_KEY],
  vaultKeys: ['00'.repeat(32), VAULT_KEY, OTHER_KEY],
  envelopes: [
    envelope({ kind: 'delta' }, '11'),
    envelope({ kind: 'manifest' }, '22'),
    envelope({ kind: 'catalog' }, '33'),
    envelope({ kind: 'segment', partition: '2024-01' }, '44'),
  ],
  keyrings: [
    {
      id: '018d5f3a-0000-7000-8000-000000000001',
      secret: { kind: 'passphrase', passphrase: 'Ångström ﬁ ①' },
      account: '0123456789abcdef',
      replaces: [],
      salt: '55'.repeat(32),
      keys: [{ generation: 0, key: VAULT_KEY }],
    },
    {
      id: '018d5f3a-0000-7000-8000-000000000002',
      secret: { kind: 'recovery', code: CODE },
      account: null,
      replaces: ['018d5f3a-0000-7000-8000-000000000001'],
      salt: '66'.repeat(32),
      keys: [
        { generation: 0, key: VAULT_KEY },
        { generation: 1, key: OTHER_KEY },
      ],
    },
  ],
};

describe('the vectors', () => {
  it('are made as ever', async () => {
    const text = `${JSON.stringify(await sealedVectors(INPUTS), undefined, 2)}\n`;
    const golden = goldenBytes('../../sealed/vectors.json', new TextEncoder().encode(text));
    expect(JSON.parse(new TextDecoder().decode(golden))).toEqual(JSON.parse(text));
  });
});

sealedVectorsHold(vectors as Parameters<typeof sealedVectorsHold>[0]);
