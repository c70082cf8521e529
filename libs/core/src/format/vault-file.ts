import { type VaultCodec } from '../codec/vault-codec.js';
import { type VaultContent } from '../model/records.js';
import { concatBytes } from '../codec/concat-bytes.js';
import { FORMAT_VERSION } from './limits.js';
import { type Manifest, type ManifestConversation, type ManifestKey } from './manifest.js';
import { manifestToJson } from './parse-manifest.js';
import { manifestPath, vaultPath } from './paths.js';
import { type RecordKey } from './record-key.js';
import { type SegmentEntry, segmentEntry } from './segment-entry.js';
import { sha256Hex } from './sha256.js';
import { createVault, vaultToJson } from './vault.js';

/**
 * One segment of a run: records to be encoded, or a segment of an earlier vault of the same month and codec, copied unopened with
 * what its manifest must say of it. Segments follow each other in the order of keys.
 */
export type SegmentInput =
  | { readonly content: VaultContent }
  | { readonly encoded: Uint8Array; readonly entry: SegmentEntry };

/** One file of a run and its twin, ready to be uploaded. */
export interface EncodedVaultFile {
  readonly vaultId: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
  readonly manifestPath: string;
  readonly manifestBytes: Uint8Array;
  readonly manifestSha256: string;
}

/** How a run is encoded. */
export interface VaultFileOptions {
  /** The month, `2024-01`. */
  readonly partition: string;
  readonly runId: string;
  readonly basePath: string;
  readonly codec: VaultCodec;
  /** Gives a new UUIDv7. */
  readonly newId: () => string;
  /** Bytes above which the next file of the run begins; a single segment may be larger. */
  readonly maxVaultBytes: number;
  /** Each with at least one record that is not a clearing; `cutSegments` makes them. */
  readonly segments: Iterable<SegmentInput> | AsyncIterable<SegmentInput>;
}

/**
 * Encodes segments into the files of one run, one after the other: only one file is in memory at a time. The files share `runId`;
 * each has an id and a manifest of its own. @throws FormatError `too-large` for a segment above the limits of the format
 */
export async function* encodeVaultFile(
  options: VaultFileOptions,
): AsyncGenerator<EncodedVaultFile> {
  let file = new OpenFile();
  for await (const input of options.segments) {
    const segment = 'content' in input ? await encodeSegment(options, input.content) : input;
    if (!file.isEmpty && file.byteLength + segment.encoded.length > options.maxVaultBytes) {
      yield await closeFile(file, options);
      file = new OpenFile();
    }
    await file.add(segment.encoded, segment.entry);
  }
  if (!file.isEmpty) yield await closeFile(file, options);
}

async function encodeSegment(
  { codec, newId, partition }: VaultFileOptions,
  content: VaultContent,
): Promise<{ readonly encoded: Uint8Array; readonly entry: SegmentEntry }> {
  const vault = createVault({ vaultId: newId(), content });
  const encoded = await codec.encode(vaultToJson(vault), { kind: 'segment', partition });
  return { encoded, entry: segmentEntry(vault) };
}

async function closeFile(file: OpenFile, options: VaultFileOptions): Promise<EncodedVaultFile> {
  const { partition, basePath, codec, newId, runId } = options;
  const vaultId = newId();
  const name = { partition, vaultId, extension: codec.extension };
  const path = vaultPath(basePath, name);
  const bytes = concatBytes(file.chunks);
  const manifest: Manifest = {
    version: FORMAT_VERSION,
    kind: 'manifest',
    vaultId,
    runId,
    partition,
    path,
    sha256: await sha256Hex(bytes),
    ...file.index(),
    minReader: FORMAT_VERSION,
    minCompactor: FORMAT_VERSION,
  };
  const json = manifestToJson(manifest, { basePath });
  const manifestBytes = await codec.encode(json, { kind: 'manifest' });
  return {
    vaultId,
    path,
    bytes,
    manifest,
    manifestPath: manifestPath(basePath, name),
    manifestBytes,
    manifestSha256: await sha256Hex(manifestBytes),
  };
}

/** A vault file that is being filled. */
class OpenFile {
  readonly chunks: Uint8Array[] = [];
  readonly #segments: {
    readonly offset: number;
    readonly length: number;
    readonly sha256: string;
    readonly entry: SegmentEntry;
  }[] = [];
  byteLength = 0;

  get isEmpty(): boolean {
    return this.chunks.length === 0;
  }

  async add(encoded: Uint8Array, entry: SegmentEntry): Promise<void> {
    const { length } = encoded;
    const sha256 = await sha256Hex(encoded);
    this.#segments.push({ offset: this.byteLength, length, sha256, entry });
    this.chunks.push(encoded);
    this.byteLength += length;
  }

  /** The part of the manifest that follows from the segments. */
  index(): Omit<Manifest, 'path' | 'vaultId' | 'runId' | 'partition' | 'sha256' | Fixed> {
    const conversations = uniteConversations(this.#segments.map(({ entry }) => entry));
    const indexes = new Map(conversations.map(({ urn }, index) => [urn, index]));
    const indexOf = (urn: string) => indexes.get(urn) ?? -1;
    const toKey = ([urn, at, id]: RecordKey): ManifestKey => [indexOf(urn), at, id];
    const firsts = conversations.map(({ first }) => first).sort();
    const lasts = conversations.map(({ last }) => last).sort();
    return {
      byteLength: this.byteLength,
      rangeStart: firsts[0] ?? '',
      rangeEnd: lasts.at(-1) ?? '',
      messageCount: conversations.reduce((sum, { messageCount }) => sum + messageCount, 0),
      tombstoneCount: this.#segments.reduce((sum, { entry }) => sum + entry.tombstoneCount, 0),
      segments: this.#segments.map(({ entry, ...place }) => ({
        ...place,
        messageCount: entry.messageCount,
        firstKey: toKey(entry.firstKey),
        lastKey: toKey(entry.lastKey),
        conversations: entry.conversations.map(({ urn }) => indexOf(urn)).sort((a, b) => a - b),
      })),
      conversations,
    };
  }
}

type Fixed = 'version' | 'kind' | 'minReader' | 'minCompactor';

function uniteConversations(entries: readonly SegmentEntry[]): readonly ManifestConversation[] {
  const byUrn = new Map<string, ManifestConversation>();
  for (const { conversations } of entries)
    for (const one of conversations) {
      const known = byUrn.get(one.urn) ?? { ...one, messageCount: 0 };
      byUrn.set(one.urn, {
        urn: one.urn,
        messageCount: known.messageCount + one.messageCount,
        first: one.first < known.first ? one.first : known.first,
        last: one.last > known.last ? one.last : known.last,
      });
    }
  return [...byUrn.values()].sort((a, b) => (a.urn < b.urn ? -1 : 1));
}
