/**
 * 64 bits of a text as two numbers of 32: MurmurHash3 (x86, 32 bits; Austin Appleby, public domain) over the UTF-16 units with two seeds.
 * For noticing changes; a forger can find texts of equal hash.
 */
export type Hash64 = readonly [high: number, low: number];

/** The hash of a text. */
export function hash64(text: string): Hash64 {
  let [high, low] = [0x9747b28c | 0, 0x2f0b4a51];
  for (let index = 0; index < text.length; index += 2) {
    const block = mixBlock(text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16));
    high = mixHash(high ^ block);
    low = mixHash(low ^ block);
  }
  return [finish(high, text.length * 2), finish(low, text.length * 2)];
}

/** The sum of two hashes modulo 2^64: the hash of a set is that of its members, in any order. */
export function addHashes([aHigh, aLow]: Hash64, [bHigh, bLow]: Hash64): Hash64 {
  const low = aLow + bLow;
  return [(aHigh + bHigh + (low > 0xffffffff ? 1 : 0)) >>> 0, low >>> 0];
}

/** The sum without one of its members. */
export const subtractHash = (sum: Hash64, [high, low]: Hash64): Hash64 =>
  addHashes(sum, low === 0 ? [-high >>> 0, 0] : [~high >>> 0, -low >>> 0]);

/** The hash of 16 hex digits. */
export const parseHash = (hex: string): Hash64 => [
  parseInt(hex.slice(0, 8), 16),
  parseInt(hex.slice(8), 16),
];

/** 16 hex digits. */
export const hashHex = ([high, low]: Hash64): string => `${hex(high)}${hex(low)}`;

const hex = (word: number): string => word.toString(16).padStart(8, '0');

function mixHash(hash: number): number {
  const turned = (hash << 13) | (hash >>> 19);
  return (Math.imul(turned, 5) + 0xe6546b64) | 0;
}

function finish(mixed: number, bytes: number): number {
  let hash = mixed ^ bytes;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixBlock(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
