import { jsonCodec } from '../codec/json-codec.js';
import { type VaultCodec } from '../codec/vault-codec.js';
import { formatStamp } from '../clock/stamp.js';
import { encodeVaultFile, type EncodedVaultFile, type SegmentInput } from '../format/vault-file.js';
import { EMPTY_CONTENT } from '../merge/merge-contents.js';
import { type StampedMessage, type VaultContent } from '../model/records.js';

/** A base folder of two parts. */
export const BASE_PATH = 'tinywide/messaging';
/** The id of the sample run. */
export const RUN_ID = '018d5f3a-0000-7000-8000-00000000aaaa';

/** UUIDs in ascending order after a first one, the same in every test. */
export function countingIds(after = 0): () => string {
  let count = after;
  return () => `018d5f3a-0000-7000-8000-${(++count).toString(16).padStart(12, '0')}`;
}

/** A message of January 2024. */
export function sampleMessage(index: number, conversationUrn = 'urn:a'): StampedMessage {
  const at = Date.UTC(2024, 0, 1, 12) + index * 60_000;
  return {
    id: `m${String(index).padStart(4, '0')}`,
    conversationUrn,
    senderId: `s${index % 3}`,
    typeId: 'text/plain',
    sentTimestamp: new Date(at).toISOString(),
    payloadBytes: new TextEncoder().encode(`message ${index}`),
    stamp: formatStamp(at, 0, '00000000000000aa'),
  };
}

/** Content of messages only. */
export const messagesOf = (...messages: readonly StampedMessage[]): VaultContent => ({
  ...EMPTY_CONTENT,
  messages,
});

/** Encodes segments as a run of January 2024. */
export async function encodeRun(
  segments: Iterable<SegmentInput> | AsyncIterable<SegmentInput>,
  options?: { readonly codec?: VaultCodec; readonly maxVaultBytes?: number },
): Promise<readonly EncodedVaultFile[]> {
  const files: EncodedVaultFile[] = [];
  const run = encodeVaultFile({
    partition: '2024-01',
    runId: RUN_ID,
    basePath: BASE_PATH,
    codec: options?.codec ?? jsonCodec(),
    newId: countingIds(),
    maxVaultBytes: options?.maxVaultBytes ?? 32 * 1024 * 1024,
    segments,
  });
  for await (const file of run) files.push(file);
  return files;
}
