import { allLiveVaults, type CatalogJoin, sha256Hex } from '@chat-vault/core/format';
import {
  decodeManifest,
  isBadFile,
  isMissingFile,
  readManifestIfThere,
} from '../cloud/vault-reader.js';
import { type StoredManifest } from '../commit/run-writer.js';
import { type Run } from '../run/run.js';
import { type Survey, type SurveyedVault } from './survey.js';
import { partsByManifest, partsBySplitting, type VaultParts } from './vault-parts.js';

/** A vault file that is there and that no catalog lists as live. */
export interface StrayVault extends SurveyedVault {
  readonly vault: NonNullable<SurveyedVault['vault']>;
}

/**
 * What a stray vault is worth: `whole` can be listed as it is; `unlisted` can be read to its end, and lacks a manifest; `partial` is torn or altered;
 * `unknown` is not for this device to judge.
 */
export type StrayWorth =
  | { readonly kind: 'whole'; readonly stored: StoredManifest }
  | { readonly kind: 'unlisted' | 'partial'; readonly parts: VaultParts }
  | { readonly kind: 'unknown' };

/** Vault files that no catalog lists as live, by the ids of what is live. */
export function strayVaults(survey: Survey, live: ReadonlySet<string>): readonly StrayVault[] {
  return [...survey.vaults.values()].filter(
    (surveyed): surveyed is StrayVault =>
      surveyed.vault !== undefined && !live.has(surveyed.vaultId),
  );
}

/** Vault files that no catalog mentions at all. */
export function unnamedVaults(survey: Survey, join: CatalogJoin): readonly StrayVault[] {
  const live = new Set(allLiveVaults(join).map(({ vault }) => vault.vaultId));
  return strayVaults(survey, live).filter(({ vaultId }) => !Object.hasOwn(join.replaced, vaultId));
}

/** Reads a stray vault to its end. */
export async function weighStray(run: Run, stray: StrayVault): Promise<StrayWorth> {
  try {
    const stored = await openManifest(run, stray);
    if (stored === 'newer') return { kind: 'unknown' };
    const parts = stored
      ? await partsByManifest(run, stored.manifest, stored.manifest)
      : await partsBySplitting(
          run,
          { path: stray.vault.path, partition: stray.partition },
          await run.cloud.read(stray.vault.path),
        );
    if (parts === null) return { kind: 'unknown' };
    if (stored === undefined) return { kind: parts.areAll ? 'unlisted' : 'partial', parts };
    const isWhole = parts.areAll && stored.manifest.byteLength === stray.vault.size;
    return isWhole ? { kind: 'whole', stored } : { kind: 'partial', parts };
  } catch (error) {
    // Removed meanwhile.
    if (isMissingFile(error)) return { kind: 'unknown' };
    throw error;
  }
}

/** The manifest beside a stray vault; `undefined` when there is none that fits. */
async function openManifest(
  run: Run,
  stray: StrayVault,
): Promise<StoredManifest | undefined | 'newer'> {
  if (stray.manifest === undefined) return undefined;
  const { path } = stray.manifest;
  const bytes = await readManifestIfThere(run, path);
  if (bytes === undefined) return undefined;
  try {
    const manifest = await decodeManifest(run, path, bytes);
    const { vaultId, partition } = manifest;
    if (vaultId !== stray.vaultId || partition !== stray.partition) return undefined;
    return { path, manifest, sha256: await sha256Hex(bytes), byteLength: bytes.length };
  } catch (error) {
    if (!isBadFile(error)) throw error;
    return error.code === 'upgrade-required' ? 'newer' : undefined;
  }
}
