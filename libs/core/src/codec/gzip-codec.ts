import { FormatError } from '../errors/format-error.js';
import { concatBytes } from './concat-bytes.js';
import { checkSize, decodeJson, encodeJson } from './json-codec.js';
import { type VaultCodec } from './vault-codec.js';

/** The default: canonical JSON, gzip by the platform's own streams (RFC 1952). Inflating stops at the limit of the format. */
export function gzipCodec(): VaultCodec {
  return {
    extension: 'json.gz',
    encode: async (json) => gzip(encodeJson(json)),
    decode: async (bytes) => decodeJson(await gunzip(bytes)),
  };
}

/** One gzip member. */
export const gzip = (bytes: Uint8Array): Promise<Uint8Array> =>
  pump(new CompressionStream('gzip'), bytes, () => undefined);

/** What one gzip member holds, at most 16 MiB. @throws FormatError `malformed` (also for bytes after the member), `too-large` */
export async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  checkSize(bytes.length);
  try {
    return await pump(new DecompressionStream('gzip'), bytes, checkSize);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError('malformed', 'core: the bytes are not one whole gzip stream', { cause });
  }
}

/** Feeds bytes by writer and reader, which is far faster than a Blob stream. The length is checked chunk by chunk, so a bomb costs no memory. */
async function pump(
  stream: CompressionStream | DecompressionStream,
  bytes: Uint8Array,
  check: (length: number) => void,
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  const written = Promise.all([writer.write(bytes as Uint8Array<ArrayBuffer>), writer.close()]);
  written.catch(() => undefined); // the reader below meets the same error, and it is awaited
  const reader = stream.readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      length += value.length;
      check(length);
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined); // the error that stopped us is the one to report
    throw error;
  }
  await written;
  return concatBytes(chunks);
}
