import { allLiveVaults, FORMAT_VERSION } from '@chat-vault/core/format';
import { type Listing } from '../cloud/listing.js';
import { EngineError } from '../reports/engine-error.js';
import { type EngineState } from '../state/engine-state.js';

/** What a vault of a newer version is judged by. */
export interface KnownCloud {
  readonly state: EngineState;
  readonly listing: Listing;
}

/**
 * Whether a newer version of the library wrote a listed catalog, or asks all older ones, in a catalog or in the manifest of a live vault, not to compact and not to
 * remove. Then this one writes no catalogs; it may go on adding deltas.
 */
export function isUpgradeNeeded(state: EngineState, listing: Listing): boolean {
  const { join } = state.vault;
  const isUnreadable = ({ path }: { readonly path: string }) =>
    state.damaged[path]?.reason === 'upgrade-required';
  const newer = new Set(state.newer);
  return (
    join.minCompactor > FORMAT_VERSION ||
    listing.catalogs.some(isUnreadable) ||
    (newer.size > 0 && allLiveVaults(join).some(({ vault }) => newer.has(vault.vaultId)))
  );
}

/** Refuses to write a catalog over those of a newer version. @throws EngineError `upgrade-required` */
export function refuseNewerVault({ state, listing }: KnownCloud): void {
  if (isUpgradeNeeded(state, listing))
    throw new EngineError(
      'upgrade-required',
      'vault-engine: a newer version of the app keeps this vault; nothing was written. Update the app, then try again.',
    );
}
