import { gunzipSync, gzipSync, type ZlibOptions } from 'node:zlib';

/** What one `CompressionStream` or `DecompressionStream` does, as its writer and reader see it. */
class GzipAtOnce {
  readonly #chunks: Uint8Array[] = [];
  readonly #turn: (bytes: Uint8Array) => Uint8Array;
  #isRead = false;

  constructor(turn: (bytes: Uint8Array) => Uint8Array) {
    this.#turn = turn;
  }

  readonly writable = {
    getWriter: () => ({
      write: async (bytes: Uint8Array) => void this.#chunks.push(bytes),
      close: async () => undefined,
    }),
  };

  readonly readable = {
    getReader: () => ({
      read: async () => {
        if (this.#isRead) return { done: true, value: undefined };
        this.#isRead = true;
        return { done: false, value: this.#turn(Buffer.concat(this.#chunks)) };
      },
      cancel: async () => undefined,
    }),
  };
}

/** A `CompressionStream('gzip')` that works when it is read. */
export class SimulatedCompression extends GzipAtOnce {
  constructor() {
    super((bytes) => asBytes(gzipSync(bytes)));
  }
}

/** Node refuses bytes after a member as `DecompressionStream` does when it is told so. */
const STRICT = { rejectGarbageAfterEnd: true } as ZlibOptions;

/** A `DecompressionStream('gzip')` that works when it is read. */
export class SimulatedDecompression extends GzipAtOnce {
  constructor() {
    super((bytes) => asBytes(gunzipSync(bytes, STRICT)));
  }
}

const asBytes = (buffer: Buffer): Uint8Array =>
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
