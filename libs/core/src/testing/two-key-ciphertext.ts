import { concatBytes } from '../codec/concat-bytes.js';

const BLOCK = 16;
/** x^128 + x^7 + x^2 + x + 1 in the bit order of GCM. */
const REDUCTION = 0xe1n << 120n;

const toBlock = (bytes: Uint8Array): bigint =>
  bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) <<
  BigInt(8 * (BLOCK - bytes.length));

const fromBlock = (block: bigint): Uint8Array =>
  Uint8Array.from({ length: BLOCK }, (_, at) => Number((block >> BigInt(8 * (15 - at))) & 0xffn));

function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  let factor = b;
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((a >> bit) & 1n) product ^= factor;
    factor = factor & 1n ? (factor >> 1n) ^ REDUCTION : factor >> 1n;
  }
  return product;
}

/** a^(2^128 - 2) */
function invert(a: bigint): bigint {
  let square = a;
  let inverse = 1n << 127n;
  for (let bit = 1; bit < 128; bit++) {
    square = multiply(square, square);
    inverse = multiply(inverse, square);
  }
  return inverse;
}

const blocksOf = (bytes: Uint8Array): readonly bigint[] =>
  Array.from({ length: Math.ceil(bytes.length / BLOCK) }, (_, at) =>
    toBlock(bytes.subarray(at * BLOCK, (at + 1) * BLOCK)),
  );

const ghash = (h: bigint, blocks: readonly bigint[]): bigint =>
  blocks.reduce((sum, block) => multiply(sum ^ block, h), 0n);

/** One block under AES, which WebCrypto has only within its modes. */
async function encryptBlock(rawKey: Uint8Array, block: Uint8Array): Promise<bigint> {
  const bytes = rawKey as Uint8Array<ArrayBuffer>;
  const key = await crypto.subtle.importKey('raw', bytes, 'AES-CBC', false, ['encrypt']);
  const algorithm = { name: 'AES-CBC', iv: new Uint8Array(BLOCK) };
  const data = block as Uint8Array<ArrayBuffer>;
  return toBlock(new Uint8Array(await crypto.subtle.encrypt(algorithm, key, data)).subarray(0, 16));
}

/**
 * A ciphertext of so many blocks with a tag that is right under two keys of AES-256-GCM, for a nonce of zeros: the attack that a
 * commitment is there to stop (Len, Grubbs, Ristenpart: "Partitioning Oracle Attacks", 2021). The last block is chosen so that both tags
 * become equal.
 */
export async function twoKeyCiphertext(
  rawKeys: readonly [Uint8Array, Uint8Array],
  additionalData: Uint8Array,
  blocks: number,
): Promise<Uint8Array> {
  const content = new Uint8Array(BLOCK * (blocks - 1)).fill(0x5a);
  const counter = new Uint8Array(BLOCK);
  counter[15] = 1;
  const lengths = (BigInt(8 * additionalData.length) << 64n) | BigInt(8 * BLOCK * blocks);
  const sides = await Promise.all(
    rawKeys.map(async (rawKey) => {
      const h = await encryptBlock(rawKey, new Uint8Array(BLOCK));
      const mask = await encryptBlock(rawKey, counter);
      const before = [...blocksOf(additionalData), ...blocksOf(content)];
      const tagWith = (block: bigint) => ghash(h, [...before, block, lengths]) ^ mask;
      return { weight: multiply(h, h), tagWith };
    }),
  );
  const [a, b] = sides;
  if (!a || !b) throw new Error('two keys');
  const last = multiply(a.tagWith(0n) ^ b.tagWith(0n), invert(a.weight ^ b.weight));
  return concatBytes([content, fromBlock(last), fromBlock(a.tagWith(last))]);
}
