import { type MessagePosition } from '@chat-vault/chat-storage';
import { backUpPending, isBulkDue, joinProvider } from '../backup/backup.js';
import { listVault } from '../cloud/listing.js';
import { isUpgradeNeeded, refuseNewerVault } from '../commit/newer-vault.js';
import { NOTHING_COMPACTED } from '../compaction/compaction-outcome.js';
import { LEASE_DOCUMENT } from '../lock/stored-lease.js';
import { backUpWithin, maintain, recommitForgotten } from '../maintain/maintain.js';
import {
  type BackupReport,
  type CompactionReport,
  type GarbageReport,
  type HistoryPage,
  type RestoreReport,
  type RewriteReport,
  type SyncReport,
  type VaultInventory,
  type VerifyReport,
} from '../reports/reports.js';
import { isHydrationDue, restoreFromCloud } from '../restore/restore.js';
import { loadMaintenance, loadReader } from '../run/load-chunk.js';
import { type Run } from '../run/run.js';
import { isSealingDue } from '../sealing/is-sealing-due.js';
import { type EngineState, loadState } from '../state/engine-state.js';
import { backupReportOf, reportOf, restoreReportOf, syncReportOf } from './run-reports.js';

export { carryOut } from './job.js';

/** Restore, back up, maintain. */
export async function sync(run: Run): Promise<SyncReport> {
  await joinProvider(run);
  const restored = await restoreFromCloud(run);
  const { state, isEmptied } = restored;
  if (isEmptied) return { ...(await syncReportOf(run)), compaction: null, garbage: null };
  if (isSealingDue(run, state, restored.listing))
    await (await loadMaintenance()).keepSealed(run, restored);
  await recommitForgotten(run, restored);
  await backUpWithin(run, restored);
  await hydrate(run, state);
  const { compaction, garbage } = await maintain(run, restored);
  const report = reportOf(run);
  return {
    ...(await syncReportOf(run)),
    compaction: compaction && { ...report, ...compaction },
    garbage: garbage && { ...report, ...garbage },
  };
}

/** Merges what the cloud has. */
export async function restore(run: Run): Promise<RestoreReport> {
  await joinProvider(run);
  const restored = await restoreFromCloud(run);
  if (!restored.isEmptied) await hydrate(run, restored.state);
  return restoreReportOf(run);
}

/** Uploads what the cloud lacks; it looks at the first contact whose vault it is, and before it writes month vaults whether it may. */
export async function backup(run: Run): Promise<BackupReport> {
  await joinProvider(run);
  const { applied, vault } = await loadState(run.storage, run.provider);
  const isFirst = applied.size === 0 && vault.join.generation === 0;
  if (isFirst || (await isBulkDue(run))) {
    const { state, listing } = await restoreFromCloud(run);
    await backUpPending(run, { isDeltasOnly: isUpgradeNeeded(state, listing) });
  } else await backUpPending(run, { isDeltasOnly: true });
  return backupReportOf(run);
}

/** Brings a month here, of one conversation when given. */
export async function restoreMonth(
  run: Run,
  target: { readonly month: string; readonly conversationUrn?: string },
): Promise<RestoreReport> {
  run.progress.enter('restoring');
  const { restoreMonthHere } = await loadReader();
  await restoreMonthHere(run, viewOf(await loadState(run.storage, run.provider)), target);
  return restoreReportOf(run);
}

/** Brings everything here. */
export async function restoreAll(run: Run): Promise<RestoreReport> {
  run.progress.enter('restoring');
  const { restoreAllHere } = await loadReader();
  await restoreAllHere(run, viewOf(await loadState(run.storage, run.provider)));
  return restoreReportOf(run);
}

/** A page of history without gaps. */
export async function loadOlder(
  run: Run,
  query: {
    readonly conversationUrn: string;
    readonly before?: MessagePosition;
    readonly limit: number;
  },
): Promise<HistoryPage> {
  run.progress.enter('restoring');
  const { loadOlderPage } = await loadReader();
  return loadOlderPage(run, viewOf(await loadState(run.storage, run.provider)), query);
}

/** Folds and merges. */
export async function compact(run: Run): Promise<CompactionReport> {
  const { listing, isEmptied } = await restoreFromCloud(run);
  const { compactVault } = await loadMaintenance();
  const outcome = isEmptied ? NOTHING_COMPACTED : await compactVault(run, listing);
  return { ...reportOf(run), ...outcome };
}

/** Removes superseded files. */
export async function collectGarbage(run: Run): Promise<GarbageReport> {
  const { listing } = await restoreFromCloud(run);
  const { collectGarbageFiles } = await loadMaintenance();
  const outcome = await collectGarbageFiles(run, listing);
  return { ...reportOf(run), ...outcome };
}

/** Reads and compares. */
export async function verify(run: Run, month: string | undefined): Promise<VerifyReport> {
  await restoreFromCloud(run);
  const { verifyVault } = await loadMaintenance();
  const outcome = await verifyVault(run, month);
  return { ...reportOf(run), ...outcome };
}

/** Heals with what is there. */
export async function repair(run: Run): Promise<BackupReport> {
  refuseNewerVault(await restoreFromCloud(run));
  const { repairVault } = await loadMaintenance();
  await repairVault(run);
  return backupReportOf(run);
}

/** Uploads the whole store anew. What is forgotten is forgotten at once, the lease and the caller's own documents are not. */
export async function reseed(run: Run, keep: readonly string[]): Promise<BackupReport> {
  await refuseReseedOfNewer(run);
  await run.storage.forgetProvider(run.provider, { keep: [LEASE_DOCUMENT, 'encryption', ...keep] });
  await joinProvider(run);
  await restoreFromCloud(run);
  await backUpPending(run);
  return backupReportOf(run);
}

/** Looks at the catalogs while everything is still known; where there are none, there is nothing to look at. */
async function refuseReseedOfNewer(run: Run): Promise<void> {
  const { catalogs } = await listVault(run);
  if (catalogs.length > 0) refuseNewerVault(await restoreFromCloud(run));
}

/** Turns encryption on. */
export async function seal(run: Run): Promise<BackupReport> {
  await (await loadMaintenance()).sealVault(run);
  return backupReportOf(run);
}

/** Turns encryption off. */
export async function unseal(run: Run): Promise<BackupReport> {
  await (await loadMaintenance()).unsealVault(run);
  return backupReportOf(run);
}

/** Writes the history anew. */
export async function rewrite(run: Run, maxVaults: number): Promise<RewriteReport> {
  const { rewriteVault } = await loadMaintenance();
  const outcome = await rewriteVault(run, maxVaults);
  return { ...reportOf(run), ...outcome };
}

/** What the cloud holds by the last join. */
export async function inventory(run: Run): Promise<VaultInventory> {
  const { takeInventory } = await loadMaintenance();
  return takeInventory(run);
}

const viewOf = (state: EngineState) => ({ join: state.vault.join, applied: state.applied });

/** Gives a new device something to show. */
async function hydrate(run: Run, state: EngineState): Promise<void> {
  if (!(await isHydrationDue(run, state))) return;
  const { hydrateNewest } = await loadReader();
  await hydrateNewest(run, viewOf(state));
}
