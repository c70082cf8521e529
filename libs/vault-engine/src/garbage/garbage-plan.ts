import {
  allLiveVaults,
  type Catalog,
  type CatalogJoin,
  joinCatalogs,
} from '@chat-vault/core/format';
import { type Listing } from '../cloud/listing.js';
import { isUpgradeNeeded } from '../commit/newer-vault.js';
import { type EngineState } from '../state/engine-state.js';

/** A superseded file that may be removed once its successors are seen to be there. */
export interface GarbageCandidate {
  readonly kind: 'delta' | 'vault' | 'catalog';
  readonly id: string;
  /** Months whose live vaults must all be present. */
  readonly partitions: readonly string[];
}

/** How long superseded files are kept, milliseconds. */
export interface GracePeriods {
  readonly deltaMs: number;
  readonly otherMs: number;
}

/** The catalogs that are in the cloud now, as far as this device has read them: only they may name garbage. */
export function presentHeads(state: EngineState, listing: Listing): readonly Catalog[] {
  const listed = new Set(listing.catalogs.map((catalog) => catalog.catalogId));
  return Object.values(state.vault.heads)
    .map((head) => head.catalog)
    .filter((catalog) => listed.has(catalog.catalogId));
}

/** What the present catalogs say together; `null` when garbage may not be collected on their word. */
export function garbageJoin(state: EngineState, listing: Listing): CatalogJoin | null {
  const heads = presentHeads(state, listing);
  return heads.length === 0 || isUpgradeNeeded(state, listing) ? null : joinCatalogs(heads);
}

/** Superseded files whose grace is over, oldest first. Pure. */
export function planGarbage(
  state: EngineState,
  listing: Listing,
  grace: GracePeriods & { readonly now: number },
): readonly GarbageCandidate[] {
  const join = garbageJoin(state, listing);
  if (join === null) return [];
  const isOver = (id: string, periodMs: number) =>
    isGraceOver(state, listing, id, { ...grace, periodMs });
  const deltas = listing.deltas
    .filter(({ vaultId }) => Object.hasOwn(join.folded, vaultId) && isOver(vaultId, grace.deltaMs))
    .map(({ vaultId: id }): GarbageCandidate => ({
      kind: 'delta',
      id,
      partitions: join.folded[id] ?? [],
    }));
  const live = new Set(allLiveVaults(join).map(({ vault }) => vault.vaultId));
  const vaults = Object.entries(join.replaced)
    .filter(([id]) => !live.has(id) && state.gone[id] === undefined && isOver(id, grace.otherMs))
    .map(([id, partitions]): GarbageCandidate => ({ kind: 'vault', id, partitions }));
  const named = new Set(
    presentHeads(state, listing).flatMap((head) => [...head.parents, ...head.ancestors]),
  );
  const catalogs = [...listing.catalogs]
    .reverse()
    .filter(({ catalogId }) => named.has(catalogId) && isOver(catalogId, grace.otherMs))
    .map(({ catalogId: id }): GarbageCandidate => ({ kind: 'catalog', id, partitions: [] }));
  return [...deltas, ...vaults, ...catalogs];
}

/**
 * By the server's clock from the oldest catalog that names the file to the newest file listed, or by this device's clock from when it first saw it
 * superseded. It protects readers under way, not the data.
 */
function isGraceOver(
  state: EngineState,
  listing: Listing,
  id: string,
  grace: { readonly now: number; readonly periodMs: number },
): boolean {
  const since = state.superseded[id];
  if (since === undefined) return false;
  const byServer = listing.newestAt - Date.parse(since.catalogAt);
  const byDevice = grace.now - since.seenAt;
  return byServer >= grace.periodMs || byDevice >= grace.periodMs;
}
