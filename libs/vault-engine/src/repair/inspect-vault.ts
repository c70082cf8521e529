import { type CatalogVault, type Manifest, parsePath, sha256Hex } from '@chat-vault/core/format';
import {
  decodeManifest,
  isBadFile,
  isMissingFile,
  knownManifest,
  readManifestIfThere,
} from '../cloud/vault-reader.js';
import { isSealedPath } from '../sealing/gate.js';
import { type Run } from '../run/run.js';
import { partsByManifest, partsBySplitting, type VaultParts } from '../survey/vault-parts.js';

/** What a closer look at a live vault tells. */
export type VaultFinding =
  | { readonly kind: 'gone' }
  | { readonly kind: 'damaged'; readonly parts: VaultParts }
  /** There is nothing wrong with it, or this device cannot tell: a newer version wrote it, or it is sealed. */
  | { readonly kind: 'left-alone' };

const LEFT_ALONE: VaultFinding = { kind: 'left-alone' };

/**
 * Reads a live vault that seemed wrong once more, segment by segment. Damaged is one whose bytes, of the vault file or of its manifest, are not those that the
 * catalog promises; a file that could not be fetched rejects, so nothing is concluded from it.
 */
export async function inspectVault(
  run: Run,
  partition: string,
  vault: CatalogVault,
): Promise<VaultFinding> {
  try {
    // Asked for by name, as a listing may be short; one byte beyond its end, as the file may be longer.
    const range = { offset: Math.max(0, vault.byteLength - 1), length: 2 };
    const end = await run.cloud.read(vault.path, { range });
    const layout = await findLayout(run, vault);
    if (layout === null) return LEFT_ALONE;
    const parts = layout.manifest
      ? await partsByManifest(run, vault, layout.manifest)
      : await partsOfWhole(run, partition, vault);
    if (parts === null) return LEFT_ALONE;
    const isSound = end.length === 1 && layout.isSound && parts.areAll;
    return isSound ? LEFT_ALONE : { kind: 'damaged', parts };
  } catch (error) {
    if (isMissingFile(error)) return { kind: 'gone' };
    throw error;
  }
}

/** The manifest, and whether the cloud has it: this device may know one that is lost there. `null` for one that was stored as it was written and cannot be read here. */
async function findLayout(
  run: Run,
  vault: CatalogVault,
): Promise<{ readonly manifest?: Manifest; readonly isSound: boolean } | null> {
  const bytes = await readManifestIfThere(run, vault.manifestPath);
  if (bytes !== undefined && (await sha256Hex(bytes)) === vault.manifestSha256)
    try {
      return { manifest: await decodeManifest(run, vault.manifestPath, bytes), isSound: true };
    } catch (error) {
      if (isBadFile(error)) return null;
      throw error;
    }
  const known = await knownManifest(run, vault);
  return { ...(known?.sha256 === vault.sha256 ? { manifest: known } : {}), isSound: false };
}

/** What decodes of a vault without a manifest. Plain text has no digests of its own: altered, nobody can say which of it. */
async function partsOfWhole(
  run: Run,
  partition: string,
  vault: CatalogVault,
): Promise<VaultParts | null> {
  const bytes = await run.cloud.read(vault.path);
  const isAsWritten = (await sha256Hex(bytes)) === vault.sha256;
  const parsed = parsePath(run.basePath, vault.path);
  const isPlain = parsed?.kind === 'vault' && parsed.extension === 'json';
  if (isPlain && !isAsWritten) return null;
  // Whoever altered a file that is not sealed may have written what decodes.
  if (run.gate.isClosed && !isSealedPath(vault.path) && !isAsWritten)
    return { segments: [], areAll: false };
  const parts = await partsBySplitting(run, { path: vault.path, partition }, bytes);
  return isAsWritten && parts?.areAll === false ? null : parts;
}
