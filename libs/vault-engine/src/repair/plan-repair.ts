import {
  allLiveVaults,
  type CatalogJoin,
  type CatalogVault,
  type Manifest,
  sha256Hex,
} from '@chat-vault/core/format';
import {
  decodeManifest,
  isBadFile,
  isMissingFile,
  manifestDocument,
} from '../cloud/vault-reader.js';
import { type CommitChange } from '../commit/next-catalog.js';
import { type Run } from '../run/run.js';
import { skip, warn } from '../run/tally.js';
import { type PlanProduct } from '../state/stored-plan.js';
import { type Survey, type SurveyedVault } from '../survey/survey.js';
import { rewriteVault } from './rewrite-vault.js';

/** What a repair commits. */
export interface RepairPlan {
  readonly change: CommitChange;
  readonly isNeeded: boolean;
}

/**
 * Decides what a repair commits: present vaults that no catalog names, or that are listed as replaced in a month of which a live vault is gone, become live again; entries without
 * files are dropped; every present delta that is listed with such a month (or that a missing carried delta came from) is no longer folded.
 */
export async function planRepair(run: Run, survey: Survey, join: CatalogJoin): Promise<RepairPlan> {
  const broken = await brokenVaults(run, survey, join);
  const brokenMonths = new Set(broken.map(({ partition }) => partition));
  const brokenIds = new Set(broken.map(({ vaultId }) => vaultId));
  const soundIds = new Set(
    allLiveVaults(join)
      .map(({ vault }) => vault.vaultId)
      .filter((id) => !brokenIds.has(id)),
  );
  const { added, replaced } = await reviveVaults(run, survey, { join, soundIds, brokenMonths });
  const listed = new Set(survey.listing.deltas.map((delta) => delta.vaultId));
  const missingCarried = await goneCarried(run, join, listed);
  const unfolded = new Set([
    ...Object.entries(join.folded)
      .filter(([id, months]) => listed.has(id) && months.some((month) => brokenMonths.has(month)))
      .map(([id]) => id),
    ...missingCarried.flatMap((carried) => carried.from.filter((id) => listed.has(id))),
  ]);
  const dropped = new Set([...brokenIds, ...missingCarried.map((carried) => carried.vaultId)]);
  const isNeeded = dropped.size > 0 || unfolded.size > 0 || Object.keys(added).length > 0;
  const unreplaced = new Set(
    Object.values(added)
      .flat()
      .map(({ vault }) => vault.vaultId),
  );
  return { change: { added, replaced, folded: {}, dropped, unfolded, unreplaced }, isNeeded };
}

/** Carried deltas that are neither listed nor answer to their name. */
async function goneCarried(
  run: Run,
  join: CatalogJoin,
  listed: ReadonlySet<string>,
): Promise<CatalogJoin['carried']> {
  const gone: CatalogJoin['carried'][number][] = [];
  for (const carried of join.carried) {
    if (listed.has(carried.vaultId)) continue;
    try {
      await run.cloud.read(carried.path);
    } catch (error) {
      if (!isMissingFile(error)) throw error;
      gone.push(carried);
    }
  }
  return gone;
}

/** Live entries whose file is gone or has another size, or whose manifest and content cannot be read. */
async function brokenVaults(
  run: Run,
  survey: Survey,
  join: CatalogJoin,
): Promise<readonly { readonly partition: string; readonly vaultId: string }[]> {
  const broken: { readonly partition: string; readonly vaultId: string }[] = [];
  for (const { partition, vault } of allLiveVaults(join)) {
    const there = survey.vaults.get(vault.vaultId);
    if (there?.vault?.size === vault.byteLength && there.manifest !== undefined) continue;
    if (await answersByName(run, vault)) continue;
    warn(run.tally, {
      code: 'missing-file',
      message: `"${vault.path}" is referenced and ${there?.vault ? 'its twin is missing, or it has another size' : 'gone'}`,
      subject: vault.vaultId,
    });
    broken.push({ partition, vaultId: vault.vaultId });
  }
  return broken;
}

/** A listing may be short, and nothing is concluded from absence in it: only a file that does not answer to its own name is gone. */
async function answersByName(run: Run, vault: CatalogVault): Promise<boolean> {
  try {
    const range = { offset: vault.byteLength - 1, length: 2 };
    const [end] = await Promise.all([
      run.cloud.read(vault.path, { range }),
      run.cloud.read(vault.manifestPath),
    ]);
    return end.length === 1;
  } catch (error) {
    if (isMissingFile(error)) return false;
    throw error;
  }
}

async function reviveVaults(
  run: Run,
  survey: Survey,
  known: {
    readonly join: CatalogJoin;
    readonly soundIds: ReadonlySet<string>;
    readonly brokenMonths: ReadonlySet<string>;
  },
): Promise<Pick<CommitChange, 'added' | 'replaced'>> {
  const added: Record<string, PlanProduct[]> = {};
  const replaced: Record<string, readonly string[]> = {};
  for (const surveyed of survey.vaults.values()) {
    if (surveyed.vault === undefined || known.soundIds.has(surveyed.vaultId)) continue;
    const replacedIn = known.join.replaced[surveyed.vaultId];
    if (replacedIn?.some((month) => known.brokenMonths.has(month)) === false) continue;
    const products = await reviveVault(run, surveyed);
    if (products.length === 0) continue;
    const { partition, vaultId } = surveyed;
    (added[partition] ??= []).push(...products);
    // Written again: the old file is superseded, else the next repair would find it and write it once more.
    if (products.every(({ vault }) => vault.vaultId !== vaultId)) replaced[vaultId] = [partition];
  }
  return { added, replaced };
}

/** An entry for a vault that is there: from its manifest, or written again as a new run when that cannot be read. */
async function reviveVault(run: Run, surveyed: SurveyedVault): Promise<readonly PlanProduct[]> {
  const { vault, manifest } = surveyed;
  if (vault === undefined) return [];
  const opened = manifest && (await tryManifest(run, surveyed, manifest.path));
  if (opened && opened.manifest.byteLength === vault.size) {
    await run.storage.updateSyncState(run.provider, {
      documents: { [manifestDocument(surveyed.vaultId)]: opened.manifest },
    });
    return [toProduct(opened, manifest.path)];
  }
  return rewriteVault(run, surveyed.partition, vault.path);
}

interface OpenedManifest {
  readonly manifest: Manifest;
  readonly sha256: string;
  readonly byteLength: number;
}

async function tryManifest(
  run: Run,
  surveyed: SurveyedVault,
  path: string,
): Promise<OpenedManifest | undefined> {
  try {
    const bytes = await run.cloud.read(path);
    const manifest = await decodeManifest(run, path, bytes);
    const isOfVault =
      manifest.vaultId === surveyed.vaultId && manifest.partition === surveyed.partition;
    if (!isOfVault) return undefined;
    return { manifest, sha256: await sha256Hex(bytes), byteLength: bytes.length };
  } catch (error) {
    if (!isBadFile(error) && !isMissingFile(error)) throw error;
    skip(run.tally, path, error.code);
    return undefined;
  }
}

function toProduct(opened: OpenedManifest, manifestPath: string): PlanProduct {
  const { manifest, sha256 } = opened;
  const { vaultId, runId, path, byteLength, messageCount, rangeStart, rangeEnd } = manifest;
  return {
    vault: {
      vaultId,
      runId,
      path,
      manifestPath,
      sha256: manifest.sha256,
      manifestSha256: sha256,
      byteLength,
      messageCount,
      rangeStart,
      rangeEnd,
    },
    manifestByteLength: opened.byteLength,
    conversations: manifest.conversations.map(({ urn, last }) => ({ urn, last })),
  };
}
