import { type ImportSource } from './import-types';

/** A piece of text and how far the file has been read. */
export interface TextChunk {
  readonly text: string;
  /** Bytes of the (possibly compressed) file. */
  readonly bytesRead: number;
}

/** Whole lines, without their ends. */
export interface LineChunk {
  readonly lines: readonly string[];
  /** Number of the first line, from 1. */
  readonly firstLine: number;
  readonly bytesRead: number;
}

/** Characters above which a line is cut, so that a file without line ends cannot fill the memory. */
const MAX_LINE_CHARS = 1_000_000;

/** The text of a file as UTF-8, chunk by chunk; what starts like gzip is decompressed on the way. */
export async function* readText(source: ImportSource): AsyncGenerator<TextChunk> {
  let bytesRead = 0;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(bytes, controller) {
      bytesRead += bytes.byteLength;
      controller.enqueue(bytes);
    },
  });
  const counted = source.stream().pipeThrough(counting);
  const reader = (await plain(counted)).getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield { text: decoder.decode(value, { stream: true }), bytesRead };
    }
    yield { text: decoder.decode(), bytesRead };
  } finally {
    await reader.cancel();
  }
}

/** The lines of a file, as many at a time as a chunk holds; `\r\n` and `\n` end a line. */
export async function* readLines(source: ImportSource): AsyncGenerator<LineChunk> {
  let rest = '';
  let firstLine = 1;
  for await (const { text, bytesRead } of readText(source)) {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(0, MAX_LINE_CHARS);
    if (lines.length > 0) yield { lines: lines.map(withoutReturn), firstLine, bytesRead };
    firstLine += lines.length;
  }
  if (rest !== '') yield { lines: [withoutReturn(rest)], firstLine, bytesRead: source.size };
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** Looks at the first bytes and decompresses when they are those of gzip (RFC 1952, 2.3.1). */
async function plain(stream: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
  const reader = stream.getReader();
  const first = await reader.read();
  const whole = new ReadableStream<Uint8Array>({
    start(controller) {
      if (first.done) controller.close();
      else controller.enqueue(first.value);
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  if (first.value?.[0] !== 0x1f || first.value[1] !== 0x8b) return whole;
  return whole.pipeThrough(
    new DecompressionStream('gzip') as ReadableWritablePair<Uint8Array, Uint8Array>,
  );
}
