import { allLiveVaults, type CatalogJoin } from '@chat-vault/core/format';
import { type Listing } from '../cloud/listing.js';
import { type CompactionOutcome } from '../compaction/compaction-outcome.js';
import { compactVault, foldableDeltas } from '../compaction/compact.js';
import { collectGarbageFiles, type GarbageOutcome } from '../garbage/collect-garbage.js';
import { planGarbage } from '../garbage/garbage-plan.js';
import { repairVault } from '../repair/repair.js';
import { type Restored, restoreFromCloud } from '../restore/restore.js';
import { type Run } from '../run/run.js';
import { type EngineState, loadState } from '../state/engine-state.js';

/** What maintenance did; `null` where there was nothing to do. */
export interface Maintenance {
  readonly compaction: CompactionOutcome | null;
  readonly garbage: GarbageOutcome | null;
}

/** Repairs what a reader found missing, compacts when enough deltas are unfolded, then collects garbage. Nothing to do: nothing written, nothing listed. */
export async function maintain(run: Run, restored: Restored): Promise<Maintenance> {
  const { missing, plan } = await loadState(run.storage, run.provider);
  if (missing.length > 0) await repairVault(run);
  let { listing } = restored;
  let state = await loadState(run.storage, run.provider);
  let compaction: CompactionOutcome | null = null;
  if (plan?.kind === 'compaction' || isCompactionDue(run, state, listing)) {
    const settled = await settleOthers(run, state, listing);
    state = await loadState(run.storage, run.provider);
    if (settled !== null && (plan?.kind === 'compaction' || isCompactionDue(run, state, settled))) {
      listing = settled;
      compaction = await compactVault(run, settled);
    }
  }
  return { compaction, garbage: await collect(run, listing) };
}

/**
 * Vaults that this device knew as live, that are still there and that no current catalog knows or replaces (the cloud went back in time), are committed again.
 */
export async function recommitForgotten(run: Run, restored: Restored): Promise<void> {
  const { join } = restored.state.vault;
  const before = restored.before.vault.join;
  if (forgottenVaults(before, join).length > 0) await repairVault(run);
}

function forgottenVaults(before: CatalogJoin, now: CatalogJoin): readonly string[] {
  const known = new Set(allLiveVaults(now).map(({ vault }) => vault.vaultId));
  return allLiveVaults(before)
    .map(({ vault }) => vault.vaultId)
    .filter((id) => !known.has(id) && !Object.hasOwn(now.replaced, id));
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
  return due.length === 0 ? null : collectGarbageFiles(run, listing);
}
