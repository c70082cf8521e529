/**
 * Packs or unpacks by RFC 1951 with the platform's own streams; `undefined` as soon as there are more than `maxBytes`, so that a small
 * file cannot fill the memory.
 *
 * @throws TypeError for bytes that are not one whole stream, and where the platform does not know the method
 */
export const pumpThrough = async (
  stream: CompressionStream | DecompressionStream,
  bytes: Uint8Array,
  maxBytes: number,
): Promise<Uint8Array | undefined> => {
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
    if (length <= maxBytes) continue;
    await reader.cancel().catch(() => undefined); // nothing more is wanted of it
    return undefined;
  }
  await written;
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
};
