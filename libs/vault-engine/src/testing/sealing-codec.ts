import { type CodecContext, FormatError, gzipCodec, type VaultCodec } from '@chat-vault/core';

const utf8 = new TextEncoder();
const MAGIC = utf8.encode('CVE1');
const KEY_ID_BYTES = 8;
const SALT_BYTES = 32;
const HEADER_BYTES = MAGIC.length + KEY_ID_BYTES + SALT_BYTES;

/**
 * Seals with AES-256-GCM under a key that is derived from a secret text and a fresh salt, bound to the kind of the file and the month. Much like the codec that
 * apps use, without keyrings: what other secrets sealed is refused. Of several secrets the first one seals, all of them open.
 */
export function sealingCodec(
  secrets: string | readonly string[],
  random: () => number,
): VaultCodec {
  const plain = gzipCodec();
  const [secret = '', ...older] = [secrets].flat();
  return {
    extension: 'json.gz.enc',
    encode: async (json, context) => {
      const content = await plain.encode(json, context);
      const header = new Uint8Array(HEADER_BYTES);
      header.set(MAGIC);
      header.set(await keyIdOf(secret), MAGIC.length);
      for (let at = MAGIC.length + KEY_ID_BYTES; at < HEADER_BYTES; at++)
        header[at] = Math.floor(random() * 256);
      const key = await keyOf(secret, header);
      const sealed = await crypto.subtle.encrypt(algorithm(header, context), key, content as Bytes);
      return joined(header, new Uint8Array(sealed));
    },
    decode: async (bytes, context) => {
      if (!MAGIC.every((byte, at) => bytes[at] === byte))
        throw new FormatError('unsealed', 'testing: the bytes are not sealed');
      const header = bytes.slice(0, HEADER_BYTES);
      for (const one of [secret, ...older])
        if (await isKeyOf(one, header))
          return plain.decode(await open(one, header, bytes, context), context);
      throw new FormatError('unknown-key', 'testing: sealed with another key');
    },
    isCurrent: (beginning) => isKeyOf(secret, beginning),
  };
}

type Bytes = Uint8Array<ArrayBuffer>;

async function open(
  secret: string,
  header: Uint8Array,
  bytes: Uint8Array,
  context: CodecContext,
): Promise<Uint8Array> {
  const key = await keyOf(secret, header);
  const sealed = bytes.slice(HEADER_BYTES);
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm(header, context), key, sealed));
  } catch (cause) {
    throw new FormatError('not-authentic', 'testing: altered, moved or forged', { cause });
  }
}

const algorithm = (header: Uint8Array, { kind, partition = '' }: CodecContext) => ({
  name: 'AES-GCM',
  iv: new Uint8Array(12), // each salt gives another key
  additionalData: joined(header, utf8.encode(`${kind} ${partition}`)),
});

async function isKeyOf(secret: string, header: Uint8Array): Promise<boolean> {
  const keyId = await keyIdOf(secret);
  return keyId.every((byte, at) => header[MAGIC.length + at] === byte);
}

async function keyIdOf(secret: string): Promise<Uint8Array> {
  const digest = await crypto.subtle.digest('SHA-256', utf8.encode(`key id of ${secret}`));
  return new Uint8Array(digest).subarray(0, KEY_ID_BYTES);
}

async function keyOf(secret: string, header: Uint8Array): Promise<CryptoKey> {
  const salt = header.slice(MAGIC.length + KEY_ID_BYTES);
  const bits = await crypto.subtle.digest('SHA-256', joined(utf8.encode(secret), salt));
  return crypto.subtle.importKey('raw', bits, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

function joined(a: Uint8Array, b: Uint8Array): Bytes {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
