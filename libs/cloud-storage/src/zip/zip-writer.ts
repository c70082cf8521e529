import { Uint8ArrayReader, ZipWriter as Archive } from '@zip.js/zip.js/lib/zip-core-custom.js';

/** What is to be written of one file. */
export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Unix ms. */
  readonly modifiedMs: number;
}

/** As the platform packs; other levels would need code of their own. */
const PACKED = 6;
const STORED = 0;

/**
 * The bytes of a ZIP file, one file after the other, of any number and size. Files that are compressed already are kept as they are.
 * Sizes and checksums stand before each file, so that it can also be read from the front.
 */
export class ZipWriter {
  readonly #written: Uint8Array<ArrayBuffer>[] = [];
  readonly #archive: Archive<unknown>;

  /** `offset` is how many bytes stand before the first file. */
  constructor(offset = 0) {
    const write = (chunk: Uint8Array<ArrayBuffer>) => void this.#written.push(chunk);
    this.#archive = new Archive(new WritableStream({ write }), {
      offset,
      dataDescriptor: false,
      useWebWorkers: false,
    });
  }

  /** Adds a file; gives what to write. */
  async add({ name, bytes, modifiedMs }: ZipFile): Promise<readonly Uint8Array<ArrayBuffer>[]> {
    await this.#archive.add(name, new Uint8ArrayReader(bytes), {
      level: name.endsWith('.json') ? PACKED : STORED,
      lastModDate: new Date(modifiedMs || 0),
    });
    return this.#written.splice(0);
  }

  /** Ends the file; gives what to write. */
  async end(): Promise<readonly Uint8Array<ArrayBuffer>[]> {
    await this.#archive.close();
    return this.#written.splice(0);
  }
}
