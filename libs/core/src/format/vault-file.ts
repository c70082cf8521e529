import { type VaultCodec } from '../codec/vault-codec.js';
import { type VaultContent } from '../model/records.js';
import { FORMAT_VERSION } from './limits.js';
import {
  type Manifest,
  type ManifestConversation,
  type ManifestKey,
  type ManifestSegment,
} from './manifest.js';
import { manifestToJson } from './parse-manifest.js';
import { manifestPath, vaultPath } from './paths.js';
import { sha256Hex } from './sha256.js';
import { createVault, vaultToJson } from './vault.js';

/** The content of one segment; segments follow each other in the order of keys. */
export interface SegmentInput {
  readonly content: VaultContent;
}

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
  readonly partition: string;
  readonly runId: string;
  readonly basePath: string;
  readonly codec: VaultCodec;
  /** Gives a new UUIDv7. */
  readonly newId: () => string;
  /** Bytes above which the next file of the run begins. */
  readonly maxVaultBytes: number;
  readonly segments: AsyncIterable<SegmentInput>;
}

/** Encodes segments into the files of one run; one file is in memory at a time. */
export async function* encodeVaultFile(
  options: VaultFileOptions,
): AsyncGenerator<EncodedVaultFile> {
  let file = new OpenFile(options);
  for await (const { content } of options.segments) {
    const bytes = await encodeSegment(options, content);
    if (!file.isEmpty && file.byteLength + bytes.length > options.maxVaultBytes) {
      yield await file.close();
      file = new OpenFile(options);
    }
    await file.add(content, bytes);
  }
  if (!file.isEmpty) yield await file.close();
}

function encodeSegment(options: VaultFileOptions, content: VaultContent): Promise<Uint8Array> {
  const vault = createVault({ vaultId: options.newId(), content });
  return options.codec.encode(vaultToJson(vault), {
    kind: 'segment',
    partition: options.partition,
  });
}

interface OpenSegment extends Omit<ManifestSegment, 'firstKey' | 'lastKey' | 'conversations'> {
  readonly first: Key;
  readonly last: Key;
  readonly urns: readonly string[];
}

type Key = readonly [urn: string, sentTimestamp: string, id: string];

/** A vault file that is being filled. */
class OpenFile {
  readonly #options: VaultFileOptions;
  readonly #chunks: Uint8Array[] = [];
  readonly #segments: OpenSegment[] = [];
  readonly #conversations = new Map<
    string,
    { messageCount: number; first: string; last: string }
  >();
  #tombstones = 0;
  byteLength = 0;

  constructor(options: VaultFileOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0;
  }

  async add(content: VaultContent, bytes: Uint8Array): Promise<void> {
    const keys = keysOf(content);
    const [first, last] = boundsOf(keys);
    this.#segments.push({
      offset: this.byteLength,
      length: bytes.length,
      sha256: await sha256Hex(bytes),
      messageCount: content.messages.length,
      first,
      last,
      urns: [...new Set(keys.map(([urn]) => urn))],
    });
    for (const [urn, at] of keys) this.#note(urn, at);
    for (const { conversationUrn } of content.messages)
      this.#conversation(conversationUrn).messageCount += 1;
    this.#tombstones += content.tombstones.length;
    this.#chunks.push(bytes);
    this.byteLength += bytes.length;
  }

  async close(): Promise<EncodedVaultFile> {
    const { partition, basePath, codec, newId } = this.#options;
    const vaultId = newId();
    const name = { partition, vaultId, extension: codec.extension };
    const path = vaultPath(basePath, name);
    const bytes = new Uint8Array(this.byteLength);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    const manifest = this.#manifest({ vaultId, path, sha256: await sha256Hex(bytes) });
    const manifestBytes = await codec.encode(manifestToJson(manifest), { kind: 'manifest' });
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

  #manifest(file: {
    readonly vaultId: string;
    readonly path: string;
    readonly sha256: string;
  }): Manifest {
    const conversations: ManifestConversation[] = [...this.#conversations]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([urn, counts]) => ({ urn, ...counts }));
    const indexOf = new Map(conversations.map(({ urn }, index) => [urn, index]));
    const index = (urn: string) => indexOf.get(urn) ?? 0;
    const toKey = ([urn, at, id]: Key): ManifestKey => [index(urn), at, id];
    return {
      version: 1,
      kind: 'manifest',
      ...file,
      runId: this.#options.runId,
      partition: this.#options.partition,
      byteLength: this.byteLength,
      rangeStart: conversations.reduce(
        (least, { first }) => (least === '' || first < least ? first : least),
        '',
      ),
      rangeEnd: conversations.reduce((most, { last }) => (last > most ? last : most), ''),
      messageCount: conversations.reduce((sum, { messageCount }) => sum + messageCount, 0),
      tombstoneCount: this.#tombstones,
      segments: this.#segments.map(({ first, last, urns, ...segment }) => ({
        ...segment,
        firstKey: toKey(first),
        lastKey: toKey(last),
        conversations: urns.map(index).sort((a, b) => a - b),
      })),
      conversations,
      minReader: FORMAT_VERSION,
      minCompactor: FORMAT_VERSION,
    };
  }

  #conversation(urn: string): { messageCount: number; first: string; last: string } {
    const known = this.#conversations.get(urn);
    if (known !== undefined) return known;
    const fresh = { messageCount: 0, first: '', last: '' };
    this.#conversations.set(urn, fresh);
    return fresh;
  }

  #note(urn: string, at: string): void {
    const conversation = this.#conversation(urn);
    if (conversation.first === '' || at < conversation.first) conversation.first = at;
    if (at > conversation.last) conversation.last = at;
  }
}

function keysOf(content: VaultContent): readonly Key[] {
  return [
    ...content.messages.map((message): Key => [
      message.conversationUrn,
      message.sentTimestamp,
      message.id,
    ]),
    ...content.tombstones.map((one): Key => [
      one.conversationUrn,
      one.sentTimestamp,
      one.messageId,
    ]),
    ...content.reactions.map((one): Key => [one.conversationUrn, one.sentTimestamp, one.messageId]),
  ];
}

function boundsOf(keys: readonly Key[]): readonly [Key, Key] {
  const [start = ['', '', '']] = keys;
  let first: Key = start;
  let last: Key = start;
  for (const key of keys) {
    if (compare(key, first) < 0) first = key;
    if (compare(key, last) > 0) last = key;
  }
  return [first, last];
}

function compare(a: Key, b: Key): number {
  for (const part of [0, 1, 2] as const) if (a[part] !== b[part]) return a[part] < b[part] ? -1 : 1;
  return 0;
}
