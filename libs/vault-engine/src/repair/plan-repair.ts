import {
  allLiveVaults,
  type CarriedDelta,
  type CatalogJoin,
  type CatalogVault,
  type SkippedFile,
} from '@chat-vault/core/format';
import { type CommitChange } from '../commit/next-catalog.js';
import { toProduct } from '../commit/run-writer.js';
import { type Run } from '../run/run.js';
import { warn } from '../run/tally.js';
import { type PlanProduct } from '../state/stored-plan.js';
import { type StrayVault, strayVaults, weighStray } from '../survey/stray-vaults.js';
import { type Survey } from '../survey/survey.js';
import { type CloudView, monthsOfSources, unreadCarried } from '../survey/cloud-view.js';
import { inspectDelta } from './inspect-delta.js';
import { inspectVault } from './inspect-vault.js';
import { type Suspects } from './suspects.js';
import { writeAgain } from './write-again.js';
import { type VaultParts } from '../survey/vault-parts.js';

/** What a repair commits. */
export interface RepairPlan {
  readonly change: CommitChange;
  readonly isNeeded: boolean;
  /** Torn or altered vaults that are not live: what can be read of them is compared with the cloud as local records are. */
  readonly partial: readonly StrayVault[];
  /** Months whose content in the cloud is another one after the commit. */
  readonly months: ReadonlySet<string>;
}

/**
 * Decides what a repair commits, and uploads what that names. A live vault whose file is gone is dropped; what can be read of a damaged one is written again and
 * takes its place. In a month that lost something by that every file that can make up for it counts again: replaced vaults that are still there, and folded deltas.
 * Vaults that no catalog names become live. What no catalog has listed and cannot be
 * read to its end is left alone: it may still be on its way up.
 */
export async function planRepair(
  run: Run,
  view: CloudView,
  suspects: Suspects,
): Promise<RepairPlan> {
  const { join, survey } = view;
  const draft = new RepairDraft(join);
  for (const { partition, vault } of allLiveVaults(join))
    if (suspects.vaults.has(vault.vaultId)) await mendVault(run, draft, { partition, vault });
  for (const carried of unreadCarried(view)) await mendCarried(run, draft, carried);
  await reviveStrays(run, survey, draft);
  for (const delta of survey.listing.deltas)
    if (draft.isWantedBack(delta.vaultId) && (await inspectDelta(run, delta)) !== 'damaged')
      draft.unfolded.add(delta.vaultId);
  return draft.plan();
}

/** What a repair is going to commit, as it is found out. */
class RepairDraft {
  readonly join: CatalogJoin;
  readonly added: Record<string, PlanProduct[]> = {};
  readonly replaced: Record<string, readonly string[]> = {};
  readonly folded: Record<string, readonly string[]> = {};
  readonly dropped = new Set<string>();
  readonly unfolded = new Set<string>();
  readonly skipped: SkippedFile[] = [];
  readonly partial: StrayVault[] = [];
  /** Months of which something was lost. */
  readonly lossy = new Set<string>();
  /** Deltas that a lost carried delta came from. */
  readonly sources = new Set<string>();

  constructor(join: CatalogJoin) {
    this.join = join;
  }

  add(partition: string, products: readonly PlanProduct[]): void {
    if (products.length > 0) (this.added[partition] ??= []).push(...products);
  }

  /** Whether a folded delta may hold what was lost. */
  isWantedBack(vaultId: string): boolean {
    const months = this.join.folded[vaultId];
    return this.sources.has(vaultId) || months?.some((month) => this.lossy.has(month)) === true;
  }

  plan(): RepairPlan {
    const { join, added, replaced, folded, dropped, unfolded, skipped, partial, lossy } = this;
    const unreplaced = new Set(
      Object.values(added)
        .flat()
        .map(({ vault }) => vault.vaultId),
    );
    const change = { added, replaced, folded, dropped, unfolded, unreplaced, skipped };
    const ids = [unfolded, dropped, Object.keys(added), Object.keys(replaced), Object.keys(folded)];
    const months = new Set([
      ...lossy,
      ...Object.keys(added),
      ...[...this.sources].flatMap((id) => join.folded[id] ?? []),
      ...partial.map(({ partition }) => partition),
    ]);
    return { change, isNeeded: ids.some((each) => [...each].length > 0), partial, months };
  }
}

async function mendVault(
  run: Run,
  draft: RepairDraft,
  live: { readonly partition: string; readonly vault: CatalogVault },
): Promise<void> {
  const { partition, vault } = live;
  const { vaultId, path } = vault;
  const finding = await inspectVault(run, partition, vault);
  if (finding.kind === 'left-alone') return;
  if (finding.kind === 'gone') {
    warn(run.tally, {
      code: 'missing-file',
      message: `"${path}" is referenced and gone`,
      subject: vaultId,
    });
    draft.dropped.add(vaultId);
    draft.lossy.add(partition);
    return;
  }
  const { parts } = finding;
  const isReplaced = await replaceVault(run, draft, { vaultId, partition, path }, parts);
  if (!isReplaced || parts.areAll) return;
  draft.skipped.push({ path, reason: 'digest-mismatch' });
  draft.lossy.add(partition);
}

/** A carried delta that does not answer to its name is dropped, one that was altered is not to be read any more; what it came from counts again. */
async function mendCarried(run: Run, draft: RepairDraft, carried: CarriedDelta): Promise<void> {
  const { vaultId, path } = carried;
  const finding = await inspectDelta(run, carried);
  if (finding === 'left-alone') return;
  if (finding === 'gone') draft.dropped.add(vaultId);
  else {
    draft.folded[vaultId] = monthsOfSources(draft.join, carried);
    draft.skipped.push({ path, reason: 'digest-mismatch' });
  }
  for (const id of carried.from) draft.sources.add(id);
}

/**
 * Vaults that are there and not live: those that no catalog names, replaced ones of months that lost something, and those that an earlier repair gave up, as their
 * bytes may have been put back.
 */
async function reviveStrays(run: Run, survey: Survey, draft: RepairDraft): Promise<void> {
  const { join, lossy } = draft;
  const live = new Set(allLiveVaults(join).map(({ vault }) => vault.vaultId));
  const givenUp = new Set(join.skipped.map(({ path }) => path));
  for (const stray of strayVaults(survey, live)) {
    const { vaultId, partition } = stray;
    const replacedIn = join.replaced[vaultId];
    const isLost = replacedIn?.some((month) => lossy.has(month)) === true;
    if (replacedIn && !isLost && !givenUp.has(stray.vault.path)) continue;
    const worth = await weighStray(run, stray);
    if (worth.kind === 'whole') draft.add(partition, [toProduct(worth.stored)]);
    else if (worth.kind === 'unlisted' && replacedIn === undefined)
      await replaceVault(run, draft, { vaultId, partition, path: stray.vault.path }, worth.parts);
    else if (worth.kind !== 'unknown') draft.partial.push(stray);
  }
}

/** Writes what can be read of a vault again, in its place. */
async function replaceVault(
  run: Run,
  draft: RepairDraft,
  vault: { readonly vaultId: string; readonly partition: string; readonly path: string },
  parts: VaultParts,
): Promise<boolean> {
  const products = await writeAgain(run, vault, parts);
  if (products === null) return false;
  draft.add(vault.partition, products);
  draft.replaced[vault.vaultId] = [vault.partition];
  return true;
}
