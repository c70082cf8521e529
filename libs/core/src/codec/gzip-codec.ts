import { FormatError } from '../errors/format-error.js';
import { checkSize, decodeJson, encodeJson } from './json-codec.js';
import { type VaultCodec } from './vault-codec.js';

/** The default: canonical JSON, gzip by the platform's own streams (RFC 1952). Inflating stops at the limit of the format. */
export function gzipCodec(): VaultCodec {
  return {
    extension: 'json.gz',
    encode: async (json) =>
      pump(new CompressionStream('gzip'), encodeJson(json), { isLimited: false }),
    decode: async (bytes) => decodeJson(await inflate(bytes)),
  };
}

async function inflate(bytes: Uint8Array): Promise<Uint8Array> {
  checkSize(bytes.length);
  try {
    return await pump(new DecompressionStream('gzip'), bytes, { isLimited: true });
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError('malformed', 'core: the bytes are not one whole gzip stream', { cause });
  }
}

/** Feeds bytes by writer and reader, which is far faster than a Blob stream. A limited output is checked chunk by chunk, so a bomb costs no memory. */
async function pump(
  stream: CompressionStream | DecompressionStream,
  bytes: Uint8Array,
  options: { readonly isLimited: boolean },
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  const written = Promise.all([writer.write(bytes as Uint8Array<ArrayBuffer>), writer.close()]);
  written.catch(() => undefined); // the reader below meets the same error, and it is awaited
  const reader = stream.readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
    if (options.isLimited) await limit(length, reader);
  }
  await written;
  return concat(chunks, length);
}

async function limit(
  length: number,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<void> {
  try {
    checkSize(length);
  } catch (error) {
    await reader.cancel().catch(() => undefined); // the limit is the error to report
    throw error;
  }
}

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return only;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
