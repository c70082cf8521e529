import {
  canonicalJson,
  EMPTY_CONTENT,
  FormatError,
  mergeContents,
  partitionOf,
  type VaultContent,
} from '@chat-vault/core';
import { type MonthPlan, type RunMerge } from '@chat-vault/core/compaction';
import { type CatalogJoin, type CatalogVault, FORMAT_VERSION } from '@chat-vault/core/format';
import { encodeDelta } from '../backup/seal-delta.js';
import { type ListedDelta, type Listing } from '../cloud/listing.js';
import { isBadFile, isMissingFile, readDelta, readManifest } from '../cloud/vault-reader.js';
import { type CommitChange } from '../commit/next-catalog.js';
import { writeRun } from '../commit/run-writer.js';
import { type Run } from '../run/run.js';
import { loadState } from '../state/engine-state.js';
import {
  type MergeOutcome,
  type PlanProduct,
  type StoredCompaction,
} from '../state/stored-plan.js';
import { checkProducts, ProductMismatch } from './check-products.js';
import { clearingsOf } from './compact.js';
import { contentOf, groupByKey, type KeyGroup } from './key-groups.js';
import { mayLeaveOut, type MayLeaveOut, withoutRemovable } from './may-leave-out.js';
import { monthsOf } from './months-of.js';
import { mergeSources, sourcesOf } from './merge-sources.js';
import { RangeCache } from './range-cache.js';
import { readBackRun } from './read-back.js';
import { readingInput } from './unreadable-input.js';
import { UnknownFields } from './unknown-fields.js';

/** A delta that is folded, with its content. */
export interface DeltaInput {
  readonly listed: ListedDelta;
  readonly content: VaultContent;
  readonly isCarried: boolean;
}

/** A plan with everything that it works on. */
export interface PlanWork {
  readonly plan: StoredCompaction;
  readonly deltas: readonly DeltaInput[];
  readonly join: CatalogJoin;
  readonly listing: Listing;
}

/** What is to be committed, and which ids are wholly here once it is. */
export interface ExecutedPlan {
  readonly change: CommitChange;
  readonly applied: readonly string[];
}

/**
 * Uploads and checks all products of a plan, storing each as it is done. Those of an earlier run are read back once more, as much time may have passed
 * since; what is not as it was then is made again.
 * @throws ProductMismatch, FormatError, CloudError
 */
export async function executePlan(run: Run, work: PlanWork): Promise<ExecutedPlan> {
  const cache = new RangeCache(run);
  const cleared = knownClearings(work);
  const mayGo = mayLeaveOut(run, work.listing, cleared);
  let { plan } = work;
  for (const month of plan.months)
    for (const [index, merge] of month.merges.entries()) {
      const name = `${month.partition} ${index}`;
      const made = plan.outcomes[name];
      if (made !== undefined && (await isStillThere(run, month.partition, made))) continue;
      const outcome = await mergeRun(run, work, { cache, mayGo, month, merge });
      plan = { ...plan, outcomes: { ...plan.outcomes, [name]: outcome } };
      await storePlan(run, plan);
    }
  if (plan.carried === undefined || !(await isCarriedThere(run, plan.carried))) {
    plan = { ...plan, carried: await writeCarried(run, work, cleared) };
    await storePlan(run, plan);
  }
  return {
    change: toChange({ ...work, plan }, cleared),
    applied: plan.carried ? [plan.carried.vaultId] : [],
  };
}

/** Whether the files of an outcome are what was checked when they were written. */
const isStillThere = (run: Run, partition: string, { products }: MergeOutcome): Promise<boolean> =>
  isReadable(async () => {
    const batches = readBackRun(run, partition, products);
    while ((await batches.next()).done !== true);
  });

const isCarriedThere = async (run: Run, carried: StoredCompaction['carried']): Promise<boolean> =>
  !carried || isReadable(() => readDelta(run, carried));

/** Whether `read` meets no file that is damaged or gone. */
async function isReadable(read: () => Promise<unknown>): Promise<boolean> {
  try {
    await read();
    return true;
  } catch (error) {
    if (isBadFile(error) || isMissingFile(error)) return false;
    throw error;
  }
}

/** The clearings that the carried deltas hold after this plan: those of its inputs, and the catalog's copy. */
function knownClearings({ deltas, join, listing }: PlanWork): VaultContent['cleared'] {
  const listed = new Set(listing.deltas.map((delta) => delta.vaultId));
  const isCarriedThere = join.carried.every((carried) => listed.has(carried.vaultId));
  const copy = deltas.length > 0 || isCarriedThere ? join.cleared : [];
  return clearingsOf([
    ...deltas.map((delta) => delta.content),
    { ...EMPTY_CONTENT, cleared: copy },
  ]);
}

const storePlan = (run: Run, plan: StoredCompaction): Promise<void> =>
  run.storage.updateSyncState(run.provider, { documents: { plan } });

/** Why a compaction is left to others. */
export const NEWER_COMPACTOR = 'a newer version of the library is needed to compact this vault';

interface MergeTask {
  readonly cache: RangeCache;
  readonly mayGo: MayLeaveOut;
  readonly month: MonthPlan;
  readonly merge: RunMerge;
}

/** Merges the runs (and the deltas' records of the month) into a new run, uploads it, reads it back and checks it. */
async function mergeRun(run: Run, work: PlanWork, task: MergeTask): Promise<MergeOutcome> {
  const { month, merge, cache, mayGo } = task;
  const vaults = inputVaults(work.join, month, merge);
  const opened = await Promise.all(
    vaults.map(async (vault) => ({
      vault,
      manifest: await readingInput(vault, () => readManifest(run, vault)),
    })),
  );
  if (opened.some(({ manifest }) => manifest.minCompactor > FORMAT_VERSION))
    throw new FormatError('upgrade-required', NEWER_COMPACTOR);
  const loose = merge.withDeltas ? deltaGroups(work.deltas, month.partition) : [];
  const sources = sourcesOf(opened);
  const unknown = new UnknownFields();
  const inputs = () =>
    mergeSources(sources, loose, async (source) =>
      unknown.gather(await readingInput(source.vault, () => cache.open(source))),
    );
  const from = [
    ...vaults.map((vault) => vault.vaultId),
    ...(merge.withDeltas ? deltaIdsOf(work.deltas, month.partition) : []),
  ];
  const products = await writeRun(
    run,
    { partition: month.partition, from, extraAtEnd: () => unknown.extra },
    leaveOut(inputs(), mayGo),
  );
  await checkProducts(inputs(), readBackRun(run, month.partition, products), mayGo);
  return { products };
}

async function* leaveOut(
  groups: AsyncIterable<readonly KeyGroup[]>,
  mayGo: MayLeaveOut,
): AsyncGenerator<readonly KeyGroup[]> {
  for await (const batch of groups)
    yield batch.map((group) => withoutRemovable(group, mayGo)).filter((group) => group !== null);
}

function inputVaults(
  join: CatalogJoin,
  month: MonthPlan,
  merge: RunMerge,
): readonly CatalogVault[] {
  const wanted = new Set(merge.vaultIds);
  return (join.partitions[month.partition] ?? []).filter((vault) => wanted.has(vault.vaultId));
}

/** The records of the month in the deltas, one winner a key. */
function deltaGroups(deltas: readonly DeltaInput[], partition: string): readonly KeyGroup[] {
  return groupByKey(recordsOf(deltas, (month) => month === partition));
}

/** The records of some months in the deltas, side by side. */
function recordsOf(
  deltas: readonly DeltaInput[],
  isWanted: (partition: string) => boolean,
): VaultContent {
  const within = (record: { readonly sentTimestamp: string }) =>
    isWanted(partitionOf(record.sentTimestamp));
  return {
    messages: deltas.flatMap(({ content }) => content.messages.filter(within)),
    tombstones: deltas.flatMap(({ content }) => content.tombstones.filter(within)),
    reactions: deltas.flatMap(({ content }) => content.reactions.filter(within)),
    cleared: [],
  };
}

const deltaIdsOf = (deltas: readonly DeltaInput[], partition: string): readonly string[] =>
  deltas
    .filter((delta) => monthsOf(delta.content).includes(partition))
    .map((delta) => delta.listed.vaultId);

/** Writes the small changes to cold months and all clearings as one new delta; `null` when there are none. */
async function writeCarried(
  run: Run,
  work: PlanWork,
  cleared: VaultContent['cleared'],
): Promise<{ readonly vaultId: string; readonly path: string } | null> {
  if (work.deltas.length === 0) return null;
  const months = new Set(work.plan.carriedMonths);
  const groups = groupByKey(recordsOf(work.deltas, (month) => months.has(month)));
  const unknown = new UnknownFields();
  for (const delta of work.deltas) unknown.gather(delta.content);
  const { extra } = unknown;
  if (groups.length === 0 && cleared.length === 0 && extra === undefined) return null;
  const { previous } = await loadState(run.storage, run.provider);
  const content = { ...contentOf(groups), cleared, ...(extra ? { extra } : {}) };
  const delta = await encodeDelta(run, content, previous);
  await run.cloud.create(delta.path, delta.bytes);
  await checkCarried(run, delta, content);
  return { vaultId: delta.vaultId, path: delta.path };
}

async function checkCarried(
  run: Run,
  delta: { readonly vaultId: string; readonly path: string },
  content: VaultContent,
): Promise<void> {
  const found = await readDelta(run, delta);
  if (canonicalJson(found.extra ?? {}) !== canonicalJson(content.extra ?? {}))
    throw new ProductMismatch('the carried delta lacks unknown fields of its inputs');
  await checkProducts(once(groupByKey(content)), once(groupByKey(found)), () => false);
  const wanted = mergeContents([{ ...EMPTY_CONTENT, cleared: content.cleared }]).cleared;
  const isSame = JSON.stringify(found.cleared) === JSON.stringify(wanted);
  if (!isSame) throw new ProductMismatch('the carried delta lacks a clearing');
}

async function* once(groups: readonly KeyGroup[]): AsyncGenerator<readonly KeyGroup[]> {
  yield groups;
}

function toChange(work: PlanWork, cleared: VaultContent['cleared']): CommitChange {
  const added: Record<string, PlanProduct[]> = {};
  const replaced: Record<string, string[]> = {};
  for (const { partition, merges } of work.plan.months)
    for (const [index, merge] of merges.entries()) {
      const outcome = work.plan.outcomes[`${partition} ${index}`];
      (added[partition] ??= []).push(...(outcome?.products ?? []));
      for (const id of merge.vaultIds) replaced[id] = [partition];
    }
  const folded = Object.fromEntries(
    work.deltas.map((delta) => [delta.listed.vaultId, monthsOf(delta.content)]),
  );
  const { carried } = work.plan;
  return {
    added,
    replaced,
    folded,
    ...(work.deltas.length > 0 ? { cleared } : {}),
    ...(carried ? { carried: { ...carried, from: Object.keys(folded).sort() } } : {}),
  };
}
