import { type ChatVault, FormatError } from '@chat-vault/core';
import { sha256Hex } from '@chat-vault/core/format';
import { decodeSegment } from '../cloud/vault-reader.js';
import { type Run } from '../run/run.js';
import { type StoredSegment } from './merge-sources.js';

const CHUNK_BYTES = 4 * 1024 * 1024;
const MAX_CACHED_BYTES = 64 * 1024 * 1024;

interface Chunk {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * Opens segments for a merge and its check. Neighbouring segments are read in one request of up to 4 MiB, and chunks are kept up to 64 MiB, so the check
 * after a merge of usual size costs no second download.
 */
export class RangeCache {
  readonly #run: Run;
  readonly #chunks = new Map<string, Chunk>();
  #bytes = 0;

  constructor(run: Run) {
    this.#run = run;
  }

  /** The content of a segment, checked against its digest. @throws FormatError, CloudError */
  async open(source: StoredSegment): Promise<ChatVault> {
    const { vault, manifest, segment } = source;
    const bytes = await this.#bytesOf(source);
    if (bytes.length !== segment.length || (await sha256Hex(bytes)) !== segment.sha256)
      throw new FormatError(
        'digest-mismatch',
        `vault-engine: a segment of "${vault.path}" was altered`,
      );
    return decodeSegment(this.#run, { path: vault.path, partition: manifest.partition }, bytes);
  }

  async #bytesOf(source: StoredSegment): Promise<Uint8Array> {
    const { vault, segment } = source;
    const key = this.#keyOf(source);
    const chunk = this.#chunks.get(key) ?? (await this.#readChunk(source, key));
    const start = segment.offset - chunk.offset;
    return chunk.bytes.subarray(start, start + segment.length).length === segment.length
      ? chunk.bytes.subarray(start, start + segment.length)
      : this.#run.cloud.read(vault.path, {
          range: { offset: segment.offset, length: segment.length },
        });
  }

  async #readChunk(source: StoredSegment, key: string): Promise<Chunk> {
    const { vault, manifest } = source;
    const members = manifest.segments.filter(
      (segment) => this.#keyOf({ ...source, segment }) === key,
    );
    const offset = members[0]?.offset ?? source.segment.offset;
    const last = members.at(-1) ?? source.segment;
    const range = { offset, length: last.offset + last.length - offset };
    const chunk = { offset, bytes: await this.#run.cloud.read(vault.path, { range }) };
    this.#keep(key, chunk);
    return chunk;
  }

  #keep(key: string, chunk: Chunk): void {
    this.#chunks.set(key, chunk);
    this.#bytes += chunk.bytes.length;
    for (const [oldest, { bytes }] of this.#chunks) {
      if (this.#bytes <= MAX_CACHED_BYTES) return;
      this.#chunks.delete(oldest);
      this.#bytes -= bytes.length;
    }
  }

  /** Segments that start in the same 4 MiB of a file are one chunk. */
  #keyOf({ vault, segment }: StoredSegment): string {
    return `${vault.vaultId} ${Math.floor(segment.offset / CHUNK_BYTES)}`;
  }
}
