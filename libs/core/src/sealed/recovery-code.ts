import { KeyringError } from './keyring-error.js';

/** Digits, and letters without I, L, O and U (Crockford's base 32). */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const READ_AS: Readonly<Record<string, string>> = { O: '0', I: '1', L: '1' };

const SECRET_BYTES = 32;
/** Characters of a group that hold the secret; one more checks them. */
const DATA = 4;
const GROUPS = 13;
/** UTF-16 units that are looked at, with any spaces and dashes. */
const MAX_TYPED_LENGTH = 1024;

/** The code of 256 bits: 13 groups of 5 characters, the last of each its check. */
export function formatRecoveryCode(secret: Uint8Array): string {
  const digits = toDigits(secret);
  const groups = Array.from({ length: GROUPS }, (_, group) => {
    const data = digits.slice(group * DATA, (group + 1) * DATA);
    return [...data, checkOf(data, group)].map((digit) => ALPHABET.charAt(digit)).join('');
  });
  return groups.join('-');
}

/**
 * The 256 bits of a code as a person types it: in small letters, with O for 0, I or L for 1, and with any spaces and dashes.
 * @throws KeyringError `mistyped-code` for every single wrong or exchanged character; `details.group` says where to look
 */
export function parseRecoveryCode(code: string): Uint8Array {
  if (code.length > MAX_TYPED_LENGTH) throw mistyped(GROUPS, 'is the last, and more follows');
  const typed = code
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{Pd}\p{Cf}]/gu, '');
  const digits = [...typed].map((character) => ALPHABET.indexOf(READ_AS[character] ?? character));
  const secret: number[] = [];
  for (let group = 0; group < GROUPS; group++) {
    const typedGroup = digits.slice(group * (DATA + 1), (group + 1) * (DATA + 1));
    const data = typedGroup.slice(0, DATA);
    if (typedGroup.includes(-1) || typedGroup.at(DATA) !== checkOf(data, group))
      throw mistyped(group + 1, 'has a wrong or a missing character');
    secret.push(...data);
  }
  if (digits.length > GROUPS * (DATA + 1)) throw mistyped(GROUPS, 'is the last, and more follows');
  return toBytes(secret);
}

/**
 * One digit more that makes the sum of all five, each times a power of 2 of its own in GF(32), the number of the group: then no single wrong
 * digit, no exchange of two digits and no exchange of two groups adds up.
 */
function checkOf(data: readonly number[], group: number): number {
  let check = group;
  let weighted = 0;
  for (const digit of [...data].reverse()) weighted = double(weighted ^ digit);
  check ^= weighted;
  return check;
}

/** Times 2 in GF(2)[x] / (x^5 + x^2 + 1). */
const double = (digit: number): number => {
  const shifted = digit << 1;
  return shifted & 0x20 ? shifted ^ 0x25 : shifted;
};

/** 5 bits each, the first bits first; the last digit is filled with zeros. */
function toDigits(bytes: Uint8Array): readonly number[] {
  const digits: number[] = [];
  let bits = 0;
  let count = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    for (count += 8; count >= 5; count -= 5) digits.push((bits >> (count - 5)) & 31);
    bits &= 0xff;
  }
  if (count > 0) digits.push((bits << (5 - count)) & 31);
  return digits;
}

function toBytes(digits: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(SECRET_BYTES);
  let bits = 0;
  let count = 0;
  let at = 0;
  for (const digit of digits) {
    bits = ((bits << 5) | digit) & 0xfff;
    count += 5;
    if (count >= 8) bytes[at++] = (bits >> (count -= 8)) & 0xff;
  }
  if ((bits & ((1 << count) - 1)) !== 0) throw mistyped(GROUPS, 'has a wrong character');
  return bytes;
}

const mistyped = (group: number, what: string): KeyringError =>
  new KeyringError('mistyped-code', `core: group ${group} of the recovery code ${what}`, {
    details: { group },
  });
