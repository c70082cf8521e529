import { type VaultContent } from '@chat-vault/core';
import { encodeVaultFile } from '@chat-vault/core/compaction';
import { type Manifest } from '@chat-vault/core/format';
import { contentOf, type KeyGroup } from '../compaction/key-groups.js';
import { type Run } from '../run/run.js';
import { type PlanProduct } from '../state/stored-plan.js';
import { jsonBytesOf } from './json-bytes.js';

/** What a run is made of, for its catalog entries. */
export interface RunOrigin {
  readonly partition: string;
  /** Direct inputs that all its records come from; absent when there are others. */
  readonly from?: readonly string[];
  /** Unknown top-level fields of the inputs, asked for when all of them were read; they go into the last segment. */
  readonly extraAtEnd?: () => VaultContent['extra'];
}

/** Encodes groups in the order of keys as one run and uploads its files as they fill, manifests after vaults. */
export async function writeRun(
  run: Run,
  origin: RunOrigin,
  groups: AsyncIterable<readonly KeyGroup[]>,
): Promise<readonly PlanProduct[]> {
  const { codec, basePath, env, options } = run;
  const runId = env.uuid();
  const files = encodeVaultFile({
    partition: origin.partition,
    runId,
    basePath,
    codec,
    newId: () => env.uuid(),
    maxVaultBytes: options.maxVaultBytes,
    segments: withExtra(segmentsOf(groups, options.segmentBytes), origin.extraAtEnd),
  });
  const products: PlanProduct[] = [];
  for await (const file of files) {
    run.progress.expect(2, file.bytes.length + file.manifestBytes.length);
    await run.cloud.create(file.path, file.bytes);
    await run.cloud.create(file.manifestPath, file.manifestBytes);
    const { manifest, manifestPath: path, manifestSha256: sha256, manifestBytes } = file;
    const product = toProduct({ manifest, path, sha256, byteLength: manifestBytes.length });
    const from = origin.from && origin.from.length > 0 ? { from: origin.from } : {};
    products.push({ ...product, vault: { ...product.vault, ...from } });
    await env.yield();
  }
  return products;
}

/** A manifest as it is stored. */
export interface StoredManifest {
  readonly path: string;
  readonly manifest: Manifest;
  readonly sha256: string;
  readonly byteLength: number;
}

/** What a catalog is to say of a vault, by its manifest. */
export function toProduct(stored: StoredManifest): PlanProduct {
  const { manifest, sha256: manifestSha256, path: manifestPath } = stored;
  const { vaultId, runId, path, sha256, byteLength, messageCount, rangeStart, rangeEnd } = manifest;
  return {
    vault: {
      vaultId,
      runId,
      path,
      manifestPath,
      sha256,
      manifestSha256,
      byteLength,
      messageCount,
      rangeStart,
      rangeEnd,
    },
    manifestByteLength: stored.byteLength,
    conversations: manifest.conversations.map(({ urn, last }) => ({ urn, last })),
  };
}

/** The same segments; the last one is held back until the fields that it is to hold are known. */
async function* withExtra(
  segments: AsyncIterable<{ readonly content: VaultContent }>,
  extraAtEnd: RunOrigin['extraAtEnd'],
): AsyncGenerator<{ readonly content: VaultContent }> {
  let held: VaultContent | undefined;
  for await (const { content } of segments) {
    if (held !== undefined) yield { content: held };
    held = content;
  }
  const extra = extraAtEnd?.();
  if (held !== undefined) yield { content: extra === undefined ? held : { ...held, extra } };
}

/** Cuts ordered groups into segments of about so many bytes of JSON, never within a key. */
async function* segmentsOf(
  groups: AsyncIterable<readonly KeyGroup[]>,
  segmentBytes: number,
): AsyncGenerator<{ readonly content: VaultContent }> {
  let segment: KeyGroup[] = [];
  let bytes = 0;
  for await (const batch of groups)
    for (const group of batch) {
      segment.push(group);
      bytes += jsonBytesOf(group);
      if (bytes < segmentBytes) continue;
      yield { content: contentOf(segment) };
      segment = [];
      bytes = 0;
    }
  if (segment.length > 0) yield { content: contentOf(segment) };
}
