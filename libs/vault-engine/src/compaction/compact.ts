import {
  type ClearedConversation,
  EMPTY_CONTENT,
  mergeContents,
  partitionOf,
  type VaultContent,
} from '@chat-vault/core';
import { type DeltaSummary, type MonthPlan, planCompaction } from '@chat-vault/core/compaction';
import { type CatalogJoin } from '@chat-vault/core/format';
import { jsonBytes } from '@chat-vault/core/records';
import { isFresh, type ListedDelta, type Listing } from '../cloud/listing.js';
import { isBadFile, isMissingFile, readDelta } from '../cloud/vault-reader.js';
import { commitCatalog } from '../commit/commit.js';
import { isUpgradeNeeded } from '../commit/newer-vault.js';
import { previousMonth } from '../restore/previous-month.js';
import { restoreFromCloud } from '../restore/restore.js';
import { inParallel } from '../run/in-parallel.js';
import { type Run } from '../run/run.js';
import { skip } from '../run/tally.js';
import { isSealedPath } from '../sealing/gate.js';
import { type EngineState, loadState, patchDocuments } from '../state/engine-state.js';
import { type StoredCompaction } from '../state/stored-plan.js';
import { type CompactionOutcome, NOTHING_COMPACTED } from './compaction-outcome.js';
import { foldableDeltas } from './foldable-deltas.js';
import { type DeltaInput, executePlan, NEWER_COMPACTOR } from './execute-plan.js';
import { ProductMismatch } from './check-products.js';
import { noteUnreadable, UnreadableInput, unreadableIds } from './unreadable-input.js';

/**
 * Folds deltas into month runs and the carried delta, and merges runs, as planned by `planCompaction`. A stored plan is resumed when its inputs are still what they were.
 * `stale` files are written anew as far as a plan allows. Products are read back and checked before the catalog that names them is written; until then a crash or a refusal leaves everything as it was.
 */
export async function compactVault(
  run: Run,
  listing: Listing,
  stale?: ReadonlySet<string>,
): Promise<CompactionOutcome> {
  run.progress.enter('compacting');
  const state = await loadState(run.storage, run.provider);
  if (isUpgradeNeeded(state, listing)) return { ...NOTHING_COMPACTED, abandoned: NEWER_COMPACTOR };
  const stored = state.plan?.kind === 'compaction' ? await sealedPlan(run, state.plan) : null;
  const isUsable = stored !== null && areInputsThere(state, listing, stored);
  const inputs = await readInputs(run, state, listing, isUsable ? stored : null);
  const plan =
    isUsable && inputs.isComplete
      ? stored
      : makePlan(run, state, listing, { ...inputs, ...(stale && { stale }) });
  if (plan === null) {
    if (stored !== null) await forgetPlan(run);
    return NOTHING_COMPACTED;
  }
  if (plan !== stored) await run.storage.updateSyncState(run.provider, { documents: { plan } });
  return carryOut(run, listing, { plan, deltas: inputs.deltas });
}

async function carryOut(
  run: Run,
  listing: Listing,
  work: { readonly plan: StoredCompaction; readonly deltas: readonly DeltaInput[] },
): Promise<CompactionOutcome> {
  const { join } = (await loadState(run.storage, run.provider)).vault;
  const chosen = new Set(work.plan.deltas.map((delta) => delta.vaultId));
  const deltas = work.deltas.filter((delta) => chosen.has(delta.listed.vaultId));
  try {
    const { change, applied } = await executePlan(run, { plan: work.plan, deltas, join, listing });
    const checkedListing = await recheck(run, listing, work.plan);
    if (checkedListing === null) return abandon(run, 'its inputs changed meanwhile');
    await commitCatalog(run, change, {
      listing: checkedListing,
      applied,
      coverage: [],
      documents: { plan: null },
    });
    return {
      committed: true,
      deltasFolded: Object.keys(change.folded).length,
      vaultsReplaced: Object.keys(change.replaced).length,
      vaultsWritten: Object.values(change.added).flat().length,
    };
  } catch (error) {
    if (error instanceof UnreadableInput) await noteUnreadable(run, error);
    if (
      error instanceof UnreadableInput ||
      error instanceof ProductMismatch ||
      isBadFile(error) ||
      isMissingFile(error)
    )
      return abandon(run, error.message);
    throw error;
  }
}

async function abandon(run: Run, reason: string): Promise<CompactionOutcome> {
  run.logger?.error(`vault-engine: a compaction was abandoned: ${reason}`);
  await forgetPlan(run);
  return { ...NOTHING_COMPACTED, abandoned: reason };
}

/** Files of it that are not sealed although they are to be are named as superseded by the next catalog, as nobody else knows whose they are. */
async function forgetPlan(run: Run): Promise<void> {
  const { plan, leftPlain } = await loadState(run.storage, run.provider);
  const left = plan?.kind === 'compaction' && run.gate.isClosed ? plainProducts(plan) : {};
  await patchDocuments(run.storage, run.provider, {
    plan: null,
    ...(Object.keys(left).length > 0 ? { leftPlain: { ...leftPlain, ...left } } : {}),
  });
}

const plainProducts = ({
  outcomes,
}: StoredCompaction): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    Object.entries(outcomes).flatMap(([name, { products }]) =>
      products
        .filter(({ vault }) => !isSealedPath(vault.path))
        .map(({ vault }) => [vault.vaultId, [name.slice(0, 7)]]),
    ),
  );

/** A plan from before there was a key goes on, but its carried delta is written again: a sealed catalog would name it, and nobody would read it. */
async function sealedPlan(run: Run, stored: StoredCompaction): Promise<StoredCompaction> {
  const { carried, ...plan } = stored;
  if (!run.gate.isClosed || !carried || isSealedPath(carried.path)) return stored;
  const { applied, rescued } = await loadState(run.storage, run.provider);
  await run.storage.updateSyncState(run.provider, {
    applied: [...applied, carried.vaultId],
    documents: { plan, rescued: [...rescued, carried.vaultId] },
  });
  return plan;
}

/** A plan that is no longer young is checked against a new listing; `null` when its inputs are not what they were. */
async function recheck(
  run: Run,
  listing: Listing,
  plan: StoredCompaction,
): Promise<Listing | null> {
  const made = { at: plan.listedAt, atMonotonic: plan.listedAtMonotonic };
  if (isFresh(run, listing) && isFresh(run, made)) return listing;
  const again = await restoreFromCloud(run);
  if (again.isEmptied || isUpgradeNeeded(again.state, again.listing)) return null;
  return areInputsThere(again.state, again.listing, plan) ? again.listing : null;
}

/** Every input delta is listed and not folded, every input vault live. */
function areInputsThere(state: EngineState, listing: Listing, plan: StoredCompaction): boolean {
  const { join } = state.vault;
  const listed = new Set(listing.deltas.map((delta) => delta.vaultId));
  const areDeltasThere = plan.deltas.every(
    ({ vaultId }) => listed.has(vaultId) && !Object.hasOwn(join.folded, vaultId),
  );
  const areVaultsLive = plan.months.every(({ partition, merges }) => {
    const live = new Set((join.partitions[partition] ?? []).map((vault) => vault.vaultId));
    return merges.every((merge) => merge.vaultIds.every((id) => live.has(id)));
  });
  return areDeltasThere && areVaultsLive;
}

/** The deltas that may be folded, or those of a stored plan, with their content; those that cannot be read are left alone. */
async function readInputs(
  run: Run,
  state: EngineState,
  listing: Listing,
  stored: StoredCompaction | null,
): Promise<{ readonly deltas: readonly DeltaInput[]; readonly isComplete: boolean }> {
  const carriedIds = new Set(state.vault.join.carried.map((delta) => delta.vaultId));
  const carried = listing.deltas.filter((delta) => carriedIds.has(delta.vaultId));
  const planned = new Set(stored?.deltas.map((delta) => delta.vaultId));
  const candidates = stored
    ? listing.deltas.filter((delta) => planned.has(delta.vaultId))
    : withinMemory([...carried, ...foldableDeltas(state, listing)]);
  run.progress.expect(candidates.length);
  const read = await inParallel(candidates, run.options.maxInFlight, async (listed) => {
    try {
      const content: VaultContent = await readDelta(run, listed);
      return { listed, content, isCarried: carriedIds.has(listed.vaultId) };
    } catch (error) {
      if (!isBadFile(error) && !isMissingFile(error)) throw error;
      skip(run.tally, listed.path, error.code);
      return null;
    }
  });
  const deltas = read.filter((delta) => delta !== null);
  return { deltas, isComplete: deltas.length === candidates.length };
}

/** What a plan folds at the most, carried ones included; and how many encoded bytes of it are held in memory. */
const MAX_INPUTS = 200;
const MAX_INPUT_BYTES = 16 * 1024 * 1024;

/** The first deltas that may be held in memory together; one always. */
function withinMemory(deltas: readonly ListedDelta[]): readonly ListedDelta[] {
  let bytes = 0;
  return deltas.slice(0, MAX_INPUTS).filter(({ size }, index) => {
    bytes += size;
    return index === 0 || bytes <= MAX_INPUT_BYTES;
  });
}

function makePlan(
  run: Run,
  state: EngineState,
  listing: Listing,
  {
    deltas,
    stale,
  }: { readonly deltas: readonly DeltaInput[]; readonly stale?: ReadonlySet<string> },
): StoredCompaction | null {
  const newest = new Date(listing.newestAt || run.env.now()).toISOString().slice(0, 7);
  const plan = planCompaction({
    join: withoutVaults(state.vault.join, unreadableIds(state.unreadable, run.env.now())),
    deltas: deltas.map(summarize),
    hotMonths: [newest, previousMonth(newest)],
    removable: state.removable,
    ...(stale && { stale }),
  });
  if (plan === null) return null;
  const byId = new Map(deltas.map((delta) => [delta.listed.vaultId, delta.listed]));
  return {
    kind: 'compaction',
    listedAt: listing.at,
    listedAtMonotonic: listing.atMonotonic,
    deltas: plan.deltaIds.map((vaultId) => ({ vaultId, path: byId.get(vaultId)?.path ?? '' })),
    carriedMonths: plan.carriedMonths,
    months: plan.months.filter(hasWork),
    outcomes: {},
  };
}

/** The join as if these vaults were not there: a plan leaves them as they are. */
function withoutVaults(join: CatalogJoin, ids: ReadonlySet<string>): CatalogJoin {
  if (ids.size === 0) return join;
  const partitions = Object.entries(join.partitions).map(
    ([partition, vaults]) =>
      [partition, vaults.filter(({ vaultId }) => !ids.has(vaultId))] as const,
  );
  return { ...join, partitions: Object.fromEntries(partitions) };
}

const hasWork = (month: MonthPlan): boolean => month.merges.length > 0;

function summarize(delta: DeltaInput): DeltaSummary {
  const months: Record<string, { jsonBytes: number }> = {};
  const { messages, tombstones, reactions } = delta.content;
  for (const record of [...messages, ...tombstones, ...reactions]) {
    const month = (months[partitionOf(record.sentTimestamp)] ??= { jsonBytes: 0 });
    month.jsonBytes += jsonBytes(record);
  }
  return { vaultId: delta.listed.vaultId, isCarried: delta.isCarried, months };
}

/** The clearings of several contents, those that others cover left out. */
export function clearingsOf(contents: readonly VaultContent[]): readonly ClearedConversation[] {
  return mergeContents(contents.map(({ cleared }) => ({ ...EMPTY_CONTENT, cleared }))).cleared;
}
