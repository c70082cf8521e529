const BITS = 160;
const BYTES = BITS / 8;
/** How far each byte is from the one before. */
const STEP_BITS = 11;

/**
 * OneDrive's `quickXorHash` in Base64: each byte is put 11 bits behind the one before, around a circle of 160 bits, all are added without
 * carry, and so is the length, to the last 64 bits (Microsoft, "Code Snippets: QuickXorHash Algorithm"). It tells damage, not malice.
 */
export const quickXorHash = (bytes: Uint8Array): string => {
  const circle = new Uint8Array(BYTES);
  const add = (at: number, value: number): void => {
    circle[at % BYTES] = (circle[at % BYTES] ?? 0) ^ value;
  };
  bytes.forEach((byte, index) => {
    const bit = (index * STEP_BITS) % BITS;
    const shifted = byte << (bit % 8);
    add(bit >> 3, shifted);
    add((bit >> 3) + 1, shifted >> 8);
  });
  // No array of a page has more bytes than four bytes can count.
  for (const place of [0, 1, 2, 3]) add(BYTES - 8 + place, bytes.length >> (8 * place));
  return btoa(String.fromCharCode(...circle));
};
