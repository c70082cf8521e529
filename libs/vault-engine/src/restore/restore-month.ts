import { BOTTOM_POSITION, type CoverageChange } from '@chat-vault/chat-storage';
import { type CatalogVault, liveVaults, type Manifest } from '@chat-vault/core/format';
import { type Run } from '../run/run.js';
import { type CloudView, hydrateConversation, mergeInTurns, readManifests } from './hydrate.js';
import { ALL, closeOver, isHeld } from './month-coverage.js';
import { RemovableShare } from './removable-share.js';
import { MergeQueue } from './merge-queue.js';
import { type SegmentTarget, visitSegments } from './segment-reader.js';

/** Brings everything the cloud has of a month here, of one conversation when given. Nothing to read: no request. */
export async function restoreMonthHere(
  run: Run,
  view: CloudView,
  target: { readonly month: string; readonly conversationUrn?: string },
): Promise<void> {
  const { month: partition, conversationUrn } = target;
  if (conversationUrn === undefined) return restoreWholeMonth(run, view, partition);
  await hydrateConversation(run, view, { partition, conversationUrn }, Infinity);
}

async function restoreWholeMonth(run: Run, view: CloudView, partition: string): Promise<void> {
  const live = liveVaults(view.join, partition).filter((vault) => !isHeld(vault, view.applied));
  if (live.length === 0) return;
  const all = await run.storage.coverage(run.provider, partition);
  const covered = closeOver(live, view.applied, all);
  const open = live.filter((vault) => !covered.has(vault.vaultId));
  const failed = open.length === 0 ? new Set<string>() : await readVaults(run, view, open);
  const vaults = live.map((vault) => vault.vaultId).filter((id) => !failed.has(id));
  const entries = await run.storage.coverageEntries(run.provider, partition);
  const isWhole = failed.size === 0;
  const coverage: CoverageChange[] = [
    { partition, conversationUrn: ALL, coverage: { line: BOTTOM_POSITION, vaults } },
    ...entries
      .filter((entry) => isWhole && entry.conversationUrn !== ALL)
      .map(({ conversationUrn }) => ({ partition, conversationUrn, coverage: null })),
  ];
  await mergeInTurns(run, [], coverage);
}

/** Merges all segments of the vaults; gives the ids of those that could not be read whole. */
async function readVaults(
  run: Run,
  view: CloudView,
  vaults: readonly CatalogVault[],
): Promise<ReadonlySet<string>> {
  const removable = new RemovableShare(run, view.join.cleared);
  const { manifests, unopened } = await readManifests(run, vaults);
  const failed = new Set(unopened.map((vault) => vault.vaultId));
  const targets = vaults.flatMap((vault) => segmentsOf(vault, manifests.get(vault.vaultId)));
  const queue = new MergeQueue(run);
  await visitSegments(run, targets, async (result) => {
    if ('error' in result) failed.add(result.target.vault.vaultId);
    else {
      removable.count(result.target.vault, result.content);
      await queue.add(result.content);
    }
  });
  await queue.finish();
  await removable.store(vaults);
  return failed;
}

const segmentsOf = (
  vault: CatalogVault,
  manifest: Manifest | undefined,
): readonly SegmentTarget[] =>
  manifest?.segments.map((segment) => ({ vault, manifest, segment })) ?? [];
