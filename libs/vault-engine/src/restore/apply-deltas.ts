import { type CatalogJoin } from '@chat-vault/core/format';
import { type ListedDelta, type Listing } from '../cloud/listing.js';
import { readDelta } from '../cloud/vault-reader.js';
import { inParallel } from '../run/in-parallel.js';
import { type Run } from '../run/run.js';
import { type EngineState } from '../state/engine-state.js';
import { type DamageLog } from './damage-log.js';
import { mergeHere } from './merge-here.js';

/** What applying deltas brought. */
export interface AppliedDeltas {
  /** All ids whose content is here. */
  readonly applied: ReadonlySet<string>;
  /** Ids read in this call. */
  readonly read: ReadonlySet<string>;
  readonly foreignPaths: readonly string[];
}

/**
 * Reads the listed deltas that are neither applied nor folded and merges each with its id in one transaction. A carried delta whose sources are
 * all applied is applied already. Bad files are reported and left alone. Reading stops at files of another account while none of ours is known,
 * so that nothing of a foreign vault is merged.
 */
export async function applyDeltas(
  run: Run,
  from: {
    readonly state: EngineState;
    readonly listing: Listing;
    readonly join: CatalogJoin;
    readonly damage: DamageLog;
  },
): Promise<AppliedDeltas> {
  const { state, listing, join, damage } = from;
  const applied = new Set(state.applied);
  for (const carried of join.carried)
    if (carried.from.length > 0 && carried.from.every((id) => applied.has(id)))
      applied.add(carried.vaultId);
  const carriedIds = new Set(join.carried.map((carried) => carried.vaultId));
  const wanted = listing.deltas
    .filter((delta) => !applied.has(delta.vaultId) && !Object.hasOwn(join.folded, delta.vaultId))
    .filter((delta) => damage.isWorthReading(delta))
    .sort((a, b) => Number(carriedIds.has(b.vaultId)) - Number(carriedIds.has(a.vaultId)));
  const read = new Set<string>();
  const foreignPaths: string[] = [];
  run.progress.expect(
    wanted.length,
    wanted.reduce((sum, delta) => sum + delta.size, 0),
  );
  const applyOne = async (delta: ListedDelta) => {
    if (foreignPaths.length > 0) return;
    try {
      const vault = await readDelta(run, delta);
      if (foreignPaths.length > 0) return;
      await mergeHere(run, vault, { applied: [delta.vaultId] });
      damage.clear(delta.path);
      applied.add(delta.vaultId);
      read.add(delta.vaultId);
    } catch (error) {
      if (!damage.contains(delta, error)) throw error;
      if (error.code === 'foreign-vault') foreignPaths.push(delta.path);
    }
  };
  // The first one alone: when it belongs to another account, nothing of that vault is merged.
  const [first, ...others] = wanted;
  if (first !== undefined && state.applied.size === 0 && join.generation === 0) {
    await applyOne(first);
    await inParallel(others, run.options.maxInFlight, applyOne);
  } else await inParallel(wanted, run.options.maxInFlight, applyOne);
  return { applied, read, foreignPaths };
}
