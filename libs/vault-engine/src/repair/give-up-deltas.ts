import { commitCatalog } from '../commit/commit.js';
import { type Run } from '../run/run.js';
import { loadState } from '../state/engine-state.js';
import { type CloudView } from '../survey/cloud-view.js';
import { inspectDelta } from './inspect-delta.js';

/**
 * Names damaged deltas as folded when this device had read them whole: what they held was merged here then, and by now it is in the cloud elsewhere. One that it never
 * read may still be on its way up.
 */
export async function giveUpDeltas(run: Run, { survey, damaged }: CloudView): Promise<void> {
  const { applied, recent, sealed } = await loadState(run.storage, run.provider);
  const underWay = new Set([...recent.map(({ vaultId }) => vaultId), sealed?.vaultId]);
  const folded: Record<string, readonly string[]> = {};
  for (const delta of survey.listing.deltas) {
    const { vaultId, path } = delta;
    const isKnown = applied.has(vaultId) && !underWay.has(vaultId);
    if (isKnown && damaged.includes(path) && (await inspectDelta(run, delta)) === 'damaged')
      folded[vaultId] = [];
  }
  if (Object.keys(folded).length === 0) return;
  const change = { added: {}, replaced: {}, folded };
  await commitCatalog(run, change, { listing: survey.listing, applied: [], coverage: [] });
}
