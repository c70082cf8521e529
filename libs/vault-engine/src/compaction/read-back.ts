import { FormatError } from '@chat-vault/core';
import { type Manifest, sha256Hex } from '@chat-vault/core/format';
import { decodeManifest, decodeSegment, readManifestBytes } from '../cloud/vault-reader.js';
import { type Run } from '../run/run.js';
import { type PlanProduct } from '../state/stored-plan.js';
import { groupByKey, type KeyGroup } from './key-groups.js';

/**
 * Reads uploaded files of a run from the cloud, checks each byte against the digests that the catalog will promise, and gives their records.
 * @throws FormatError, CloudError
 */
export async function* readBackRun(
  run: Run,
  partition: string,
  products: readonly PlanProduct[],
): AsyncGenerator<readonly KeyGroup[]> {
  for (const { vault } of products) {
    const manifestBytes = await readManifestBytes(run, vault.manifestPath);
    await expectDigest(vault.manifestPath, manifestBytes, vault.manifestSha256);
    const manifest: Manifest = await decodeManifest(run, vault.manifestPath, manifestBytes);
    const bytes = await run.cloud.read(vault.path);
    await expectDigest(vault.path, bytes, vault.sha256);
    for (const segment of manifest.segments) {
      const piece = bytes.subarray(segment.offset, segment.offset + segment.length);
      await expectDigest(vault.path, piece, segment.sha256);
      yield groupByKey(await decodeSegment(run, { path: vault.path, partition }, piece));
      await run.env.yield();
    }
  }
}

async function expectDigest(path: string, bytes: Uint8Array, sha256: string): Promise<void> {
  if ((await sha256Hex(bytes)) === sha256) return;
  throw new FormatError('digest-mismatch', `vault-engine: "${path}" was not stored as it was sent`);
}
