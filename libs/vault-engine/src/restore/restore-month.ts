import { BOTTOM_POSITION, type CoverageChange } from '@chat-vault/chat-storage';
import { type VaultContent } from '@chat-vault/core';
import { type CatalogVault, liveVaults, type Manifest } from '@chat-vault/core/format';
import { type Run } from '../run/run.js';
import { type CloudView, hydrateConversation, mergeInTurns, readManifests } from './hydrate.js';
import { ALL, closeOver, isHeld } from './month-coverage.js';
import { readSegments, type SegmentTarget } from './segment-reader.js';

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
  const failed = open.length === 0 ? new Set<string>() : await readVaults(run, open);
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

/** Segments whose content is held in memory at a time. */
const SEGMENTS_A_BATCH = 32;

/** Merges all segments of the vaults; gives the ids of those that could not be read whole. */
async function readVaults(run: Run, vaults: readonly CatalogVault[]): Promise<ReadonlySet<string>> {
  const { manifests, unopened } = await readManifests(run, vaults);
  const failed = new Set(unopened.map((vault) => vault.vaultId));
  const targets = vaults.flatMap((vault) => segmentsOf(vault, manifests.get(vault.vaultId)));
  for (let start = 0; start < targets.length; start += SEGMENTS_A_BATCH) {
    const results = await readSegments(run, targets.slice(start, start + SEGMENTS_A_BATCH));
    const contents: VaultContent[] = [];
    for (const result of results)
      if ('error' in result) failed.add(result.target.vault.vaultId);
      else contents.push(result.content);
    await mergeInTurns(run, contents, []);
  }
  return failed;
}

const segmentsOf = (
  vault: CatalogVault,
  manifest: Manifest | undefined,
): readonly SegmentTarget[] =>
  manifest?.segments.map((segment) => ({ vault, manifest, segment })) ?? [];
