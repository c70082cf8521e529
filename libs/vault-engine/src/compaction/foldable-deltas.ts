import { type ListedDelta, type Listing } from '../cloud/listing.js';
import { type EngineState } from '../state/engine-state.js';

/** Unfolded deltas other than carried ones that were read here before: what the threshold counts. */
export function foldableDeltas(state: EngineState, listing: Listing): readonly ListedDelta[] {
  const { folded, carried } = state.vault.join;
  const carriedIds = new Set(carried.map((delta) => delta.vaultId));
  return listing.deltas.filter(
    ({ vaultId, path }) =>
      !Object.hasOwn(folded, vaultId) &&
      !carriedIds.has(vaultId) &&
      state.damaged[path] === undefined,
  );
}
