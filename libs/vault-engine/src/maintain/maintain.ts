import { CloudError } from '@chat-vault/cloud-storage';
import { backUpPending } from '../backup/backup.js';
import { type Listing } from '../cloud/listing.js';
import { type CompactionOutcome } from '../compaction/compaction-outcome.js';
import { isUpgradeNeeded } from '../commit/newer-vault.js';
import { foldableDeltas } from '../compaction/foldable-deltas.js';
import { type GarbageOutcome } from '../garbage/collect-garbage.js';
import { planGarbage } from '../garbage/garbage-plan.js';
import { type Restored, restoreFromCloud } from '../restore/restore.js';
import { type Run } from '../run/run.js';
import { loadMaintenance } from '../run/load-chunk.js';
import { type EngineState, loadState } from '../state/engine-state.js';

/** What was maintained; `null` where there was nothing to do. */
export interface Maintained {
  readonly compaction: CompactionOutcome | null;
  readonly garbage: GarbageOutcome | null;
}

/** Repairs what a reader found missing, compacts when enough deltas are unfolded, then collects garbage. Nothing to do: nothing written, nothing listed. */
export async function maintain(run: Run, restored: Restored): Promise<Maintained> {
  const before = await loadState(run.storage, run.provider);
  const { missing, plan } = before;
  if (missing.length > 0 && !isUpgradeNeeded(before, restored.listing))
    await (await loadMaintenance()).repairMissing(run);
  let { listing } = restored;
  let state = await loadState(run.storage, run.provider);
  let compaction: CompactionOutcome | null = null;
  if (plan?.kind === 'compaction' || isCompactionDue(run, state, listing)) {
    const settled = await settleOthers(run, state, listing);
    state = await loadState(run.storage, run.provider);
    if (settled !== null && (plan?.kind === 'compaction' || isCompactionDue(run, state, settled))) {
      listing = settled;
      compaction = await (await loadMaintenance()).compactVault(run, settled);
    }
  }
  return { compaction, garbage: await collect(run, listing) };
}

/** Backs up; when the storage is full, collects garbage (which needs no space) and tries once more if that freed some. */
export async function backUpWithin(run: Run, { listing, state }: Restored): Promise<void> {
  const options = { isDeltasOnly: isUpgradeNeeded(state, listing) };
  try {
    await backUpPending(run, options);
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== 'quota-exceeded') throw error;
    const before = run.tally.filesRemoved;
    await collect(run, listing);
    if (run.tally.filesRemoved === before) throw error;
    await backUpPending(run, options);
  }
}

/** Mends what the catalogs lost. Single vaults that they forgot are noted as missing, which `maintain` repairs; here all catalogs may be gone. */
export async function recommitForgotten(run: Run, restored: Restored): Promise<void> {
  if (restored.state.missing.length === 0) await rebuildLostCatalog(run, restored);
}

const NO_CATALOG_FOR_MS = 60_000;
const QUIET_MS = 60 * 60 * 1000;

/**
 * Catalogs are not listed, twice and a minute apart, that this device knew as current; or none is although there are vaults: they were lost. One is written anew, from
 * manifests and from what this device knew, unless somebody is at work in the cloud just now.
 */
async function rebuildLostCatalog(run: Run, { listing, state }: Restored): Promise<void> {
  if (isUpgradeNeeded(state, listing)) return; // the catalogs are there, for a newer version
  const listed = new Set(listing.catalogs.map(({ catalogId }) => catalogId));
  const isLost =
    Object.keys(state.vault.heads).some((id) => !listed.has(id)) ||
    (listing.catalogs.length === 0 && (state.unnamed ?? 0) > 0);
  const now = run.env.now();
  const since = isLost ? (state.noCatalogSince ?? now) : null;
  if (since !== state.noCatalogSince)
    await run.storage.updateSyncState(run.provider, { documents: { noCatalogSince: since } });
  const isQuiet = now - listing.newestAt >= QUIET_MS;
  if (since !== null && now - since >= NO_CATALOG_FOR_MS && isQuiet)
    await (await loadMaintenance()).repairVault(run, { commitsAlways: true });
}

const isCompactionDue = (run: Run, state: EngineState, listing: Listing): boolean =>
  foldableDeltas(state, listing).length > run.options.compactionThreshold;

const ACTIVE_MS = 60 * 60 * 1000;

/** When other devices were active lately, waits a random while and looks again, so that they do not all compact at once. */
async function settleOthers(
  run: Run,
  state: EngineState,
  listing: Listing,
): Promise<Listing | null> {
  const own = new Set(state.recent.map((upload) => upload.vaultId));
  const isOthersActive = listing.deltas.some(
    (delta) =>
      !own.has(delta.vaultId) && listing.newestAt - Date.parse(delta.modifiedAt) < ACTIVE_MS,
  );
  if (!isOthersActive) return listing;
  await run.env.sleep(run.env.random() * run.options.compactionDelayMs, run.signal);
  const again = await restoreFromCloud(run);
  return again.isEmptied ? null : again.listing;
}

async function collect(run: Run, listing: Listing): Promise<GarbageOutcome | null> {
  const state = await loadState(run.storage, run.provider);
  const due = planGarbage(state, listing, {
    deltaMs: run.options.deltaGraceMs,
    otherMs: run.options.graceMs,
    now: run.env.now(),
  });
  return due.length === 0 ? null : (await loadMaintenance()).collectGarbageFiles(run, listing);
}
