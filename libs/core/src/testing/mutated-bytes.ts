import fc from 'fast-check';
import { concatBytes } from '../codec/concat-bytes.js';

/** One hostile change, as plain data that a failing test shows. Places count modulo the length of what is changed. */
export interface ByteChange {
  readonly how:
    'flip' | 'write' | 'cut' | 'double' | 'move' | 'fill' | 'insert' | 'truncate' | 'splice';
  readonly at: number;
  readonly length: number;
  readonly value: number;
}

/** Numbers at the edges of what 4 bytes hold. */
const EDGES = [0, 1, 16, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff];

/** One to three changes; `fields` are places where a number of 4 bytes stands, which are hit more often. */
export const byteChanges = (
  length: number,
  fields: readonly number[] = [],
): fc.Arbitrary<readonly ByteChange[]> =>
  fc.array(
    fc.record({
      how: fc.constantFrom<ByteChange['how']>(
        'flip',
        'write',
        'cut',
        'double',
        'move',
        'fill',
        'insert',
        'truncate',
        'splice',
      ),
      at: fc.oneof(fc.nat(length), ...(fields.length > 0 ? [fc.constantFrom(...fields)] : [])),
      length: fc.oneof(fc.nat(8), fc.nat(length)),
      value: fc.oneof(fc.constantFrom(...EDGES, length - 1, length + 1), fc.nat(0xff)),
    }),
    { minLength: 1, maxLength: 3 },
  );

/** The bytes after the changes; `other` is what they may be spliced with. */
export const changeBytes = (
  bytes: Uint8Array,
  changes: readonly ByteChange[],
  other: Uint8Array,
): Uint8Array => changes.reduce((changed, change) => apply(changed, change, other), bytes);

function apply(bytes: Uint8Array, change: ByteChange, other: Uint8Array): Uint8Array {
  const at = change.at % (bytes.length + 1);
  const until = Math.min(bytes.length, at + change.length);
  const [head, region, tail] = [
    bytes.slice(0, at),
    bytes.slice(at, until),
    bytes.slice(until),
  ] as const;
  switch (change.how) {
    case 'flip':
      return bytes.map((byte, index) => (index === at ? byte ^ (1 << (change.value & 7)) : byte));
    case 'write':
      return withNumber(bytes, at, change.value);
    case 'cut':
      return concatBytes([head, tail]);
    case 'double':
      return concatBytes([head, region, region, tail]);
    case 'move':
      return concatBytes([head, tail, region]);
    case 'fill':
      return concatBytes([head, region.fill(change.value & 0xff), tail]);
    case 'insert':
      return concatBytes([head, new Uint8Array(change.length).fill(change.value), region, tail]);
    case 'truncate':
      return head;
    case 'splice':
      return concatBytes([head, other.slice(at)]);
  }
}

function withNumber(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = bytes.slice();
  if (at + 4 <= changed.length) new DataView(changed.buffer).setUint32(at, value);
  return changed;
}
