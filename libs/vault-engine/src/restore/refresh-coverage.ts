import { type Coverage, type CoverageChange, type CoverageEntry } from '@chat-vault/chat-storage';
import { type VaultContent } from '@chat-vault/core';
import { type CatalogVault, type Manifest } from '@chat-vault/core/format';
import { type Run } from '../run/run.js';
import { type CloudView, mergeInTurns, readManifests } from './hydrate.js';
import { ALL, closeOver, inheritedOf, isHeld, liveFor } from './month-coverage.js';
import { comparePositions, isBottom, lastPositionWithin } from './position.js';
import { readSegments, type SegmentTarget } from './segment-reader.js';

/**
 * Brings the months that are covered here up to date with a new join: a live vault joins the set of an entry when everything that it was made from is
 * here, else its segments above the entry's line are read first. Gives the entries to store with the join; what could not be read stays out of the sets.
 */
export async function refreshCoverage(
  run: Run,
  view: CloudView,
  entries: readonly CoverageEntry[],
): Promise<readonly CoverageChange[]> {
  const changes: CoverageChange[] = [];
  for (const entry of entries) {
    const coverage = await refreshEntry(run, view, entry);
    if (coverage !== undefined)
      changes.push({
        partition: entry.partition,
        conversationUrn: entry.conversationUrn,
        coverage,
      });
  }
  return changes;
}

async function refreshEntry(
  run: Run,
  view: CloudView,
  entry: CoverageEntry,
): Promise<Coverage | undefined> {
  const live = liveFor(view.join, entry).filter((vault) => !isHeld(vault, view.applied));
  const covered = closeOver(live, view.applied, entry);
  const open = live.filter((vault) => !covered.has(vault.vaultId));
  const failed = open.length === 0 ? new Set<string>() : await readAbove(run, entry, open);
  const vaults = live.map((vault) => vault.vaultId).filter((id) => !failed.has(id));
  const isSame =
    vaults.length === entry.vaults.length && vaults.every((id) => entry.vaults.includes(id));
  if (isSame) return undefined;
  const { line } = entry;
  const inherited = isBottom(line)
    ? []
    : inheritedOf(entry, covered).filter((id) => vaults.includes(id));
  return { line, vaults, ...(inherited.length > 0 ? { inherited } : {}) };
}

/** Merges the segments of the vaults that reach above the line; gives the ids of vaults that could not be read. */
async function readAbove(
  run: Run,
  entry: CoverageEntry,
  vaults: readonly CatalogVault[],
): Promise<ReadonlySet<string>> {
  const { manifests, unopened } = await readManifests(run, vaults);
  const failed = new Set(unopened.map((vault) => vault.vaultId));
  const targets = vaults.flatMap((vault) =>
    segmentsAbove(entry, vault, manifests.get(vault.vaultId)),
  );
  const contents: VaultContent[] = [];
  for (const result of await readSegments(run, targets))
    if ('error' in result) failed.add(result.target.vault.vaultId);
    else contents.push(result.content);
  await mergeInTurns(run, contents, []);
  return failed;
}

function segmentsAbove(
  entry: CoverageEntry,
  vault: CatalogVault,
  manifest: Manifest | undefined,
): readonly SegmentTarget[] {
  if (manifest === undefined) return [];
  const conversation = manifest.conversations.findIndex(({ urn }) => urn === entry.conversationUrn);
  return manifest.segments
    .filter(
      (segment) =>
        entry.conversationUrn === ALL ||
        (segment.conversations.includes(conversation) &&
          comparePositions(lastPositionWithin(manifest, segment, conversation), entry.line) > 0),
    )
    .map((segment) => ({ vault, manifest, segment }));
}
