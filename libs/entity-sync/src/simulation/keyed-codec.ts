import { type CodecContext, FormatError, type VaultCodec } from '@chat-vault/core';

/** The keys that a device has: the newest writes, those between read. */
export interface KeyRange {
  readonly oldest: number;
  readonly newest: number;
}

/**
 * Another codec behind the number of a key, as a sealing codec puts it before what it seals. Nothing is secret in it; it is for scenarios in which keys change.
 */
export function keyedCodec(inner: VaultCodec, keys: () => KeyRange): VaultCodec {
  return {
    extension: 'json.gz.enc',
    encode: async (json, context) => {
      const { newest } = keys();
      const content = await inner.encode(json, context);
      return Uint8Array.from([newest, newest ^ 255, ...content]);
    },
    decode: async (bytes, context: CodecContext) => {
      const [key = 0, check] = bytes;
      const { oldest, newest } = keys();
      if (check !== (key ^ 255))
        throw new FormatError('malformed', 'simulation: no number of a key');
      if (key < oldest || key > newest)
        throw new FormatError('unknown-key', `simulation: the key ${key} is not here`);
      return inner.decode(bytes.subarray(2), context);
    },
    isCurrent: (beginning) => beginning[0] === keys().newest,
  };
}
