const WIDTH = 160n;
const CIRCLE = (1n << WIDTH) - 1n;

/** `quickXorHash` by its definition, with one large number. */
export const slowQuickXorHash = (bytes: Uint8Array): string => {
  let circle = 0n;
  for (const [index, byte] of bytes.entries()) {
    const turned = BigInt(byte) << ((BigInt(index) * 11n) % WIDTH);
    circle ^= (turned & CIRCLE) | (turned >> WIDTH);
  }
  circle ^= BigInt(bytes.length) << (WIDTH - 64n);
  const hex = circle.toString(16).padStart(40, '0');
  return Buffer.from(hex, 'hex').reverse().toString('base64');
};
