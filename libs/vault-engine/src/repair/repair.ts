import { allLiveVaults, type CatalogJoin } from '@chat-vault/core/format';
import { commitCatalog } from '../commit/commit.js';
import { mergeHere } from '../restore/merge-here.js';
import { type Run } from '../run/run.js';
import { type KnownVault, loadState } from '../state/engine-state.js';
import { unreadableHeads } from '../survey/current-catalogs.js';
import { NOTHING_LOCAL, surveyLocal } from '../survey/local-survey.js';
import { readMonthContent } from '../survey/month-content.js';
import { type StrayVault, weighStray } from '../survey/stray-vaults.js';
import { type Survey, surveyCloud } from '../survey/survey.js';
import { allMonths, lookAt, unreadCarried } from '../survey/cloud-view.js';
import { giveUpDeltas } from './give-up-deltas.js';
import { planRepair, type RepairPlan } from './plan-repair.js';
import { findSuspects } from './suspects.js';
import { writeLackingClearings, writeLackingRecords } from './write-lacking.js';

/** How far a repair goes. */
export interface RepairOptions {
  /** Whether a catalog is written even when it changes nothing: for a vault that lost its own. */
  readonly commitsAlways?: boolean;
  /** The only months to look at; all when absent. */
  readonly months?: ReadonlySet<string>;
}

/**
 * Heals what any device still has: unites vaults that are present and that the catalog misses, writes again what can be read of damaged ones, drops entries whose files
 * are gone and takes the deltas they held out of `folded`, then writes every local record that the cloud lacks as ordinary deltas. Adds and never removes; safe to
 * stop and to repeat at any point.
 */
export async function repairVault(run: Run, options: RepairOptions = {}): Promise<void> {
  run.progress.enter('repairing');
  const { months, commitsAlways = false } = options;
  const survey = await surveyCloud(run, months);
  const { join } = (await loadState(run.storage, run.provider)).vault;
  const before = await lookAt(run, survey, join);
  // Clearings belong to no month: they are compared when everything is, and when carried ones may be lost.
  const areClearingsDue = months === undefined || unreadCarried(before).length > 0;
  const local = areClearingsDue ? await surveyLocal(run) : NOTHING_LOCAL;
  const suspects = await findSuspects(run, before, months ?? allMonths(before, local.months));
  const plan = await planRepair(run, before, suspects);
  const committed = await commitPlan(run, survey, plan, commitsAlways);
  const after = plan.isNeeded ? await lookAt(run, survey, committed) : before;
  for (const month of new Set([...suspects.months, ...plan.months])) {
    for (const stray of plan.partial) if (stray.partition === month) await mergeParts(run, stray);
    const { content } = await readMonthContent(run, after.join, month, after.contents);
    await writeLackingRecords(run, after, month, content);
  }
  if (areClearingsDue) await writeLackingClearings(run, after, local.cleared);
  if (months === undefined) await giveUpDeltas(run, after);
  await run.storage.updateSyncState(run.provider, { documents: { missing: [] } });
  run.tally.missingIds.clear();
}

/** Repairs what a run found missing: the months concerned when they are known, else everything. */
export async function repairMissing(run: Run): Promise<void> {
  const { missing, vault } = await loadState(run.storage, run.provider);
  const months = monthsOfVaults(vault.join, missing);
  return repairVault(run, months === undefined ? {} : { months });
}

/** The months of vaults that are live or were replaced; `undefined` when one of the ids is neither. */
function monthsOfVaults(
  join: CatalogJoin,
  ids: readonly string[],
): ReadonlySet<string> | undefined {
  const live = new Map(
    allLiveVaults(join).map(({ partition, vault }) => [vault.vaultId, [partition]] as const),
  );
  const months = ids.map((id) => live.get(id) ?? join.replaced[id]);
  return months.every((each) => each !== undefined) ? new Set(months.flat()) : undefined;
}

async function commitPlan(
  run: Run,
  survey: Survey,
  { change, isNeeded }: RepairPlan,
  commitsAlways: boolean,
): Promise<CatalogJoin> {
  const { vault, applied } = await loadState(run.storage, run.provider);
  if (!isNeeded && !commitsAlways && (await areHeadsThere(run, survey, vault))) return vault.join;
  const kept = [...applied].filter((id) => !change.dropped?.has(id));
  if (kept.length < applied.size)
    await run.storage.updateSyncState(run.provider, { applied: kept });
  return commitCatalog(run, change, { listing: survey.listing, applied: [], coverage: [] });
}

/** Whether everybody can read the current catalogs. */
async function areHeadsThere(
  run: Run,
  { listing }: Survey,
  { heads }: KnownVault,
): Promise<boolean> {
  const listed = new Set(listing.catalogs.map(({ catalogId }) => catalogId));
  if (!Object.keys(heads).every((id) => listed.has(id))) return false;
  return (await unreadableHeads(run, listing, heads)).length === 0;
}

/** Merges what can be read of a torn or altered vault here, so that it is compared with the cloud like every record of this device. */
async function mergeParts(run: Run, stray: StrayVault): Promise<void> {
  const worth = await weighStray(run, stray);
  if (worth.kind !== 'partial' && worth.kind !== 'unlisted') return;
  for (const open of worth.parts.segments) await mergeHere(run, await open(), {});
}
