import { BOTTOM_POSITION, type CoverageChange } from '@chat-vault/chat-storage';
import { EMPTY_CONTENT } from '@chat-vault/core';
import { liveVaults, yearFolder } from '@chat-vault/core/format';
import { groupByKey, type KeyGroup } from '../compaction/key-groups.js';
import { listVault } from '../cloud/listing.js';
import { commitCatalog } from '../commit/commit.js';
import { writeRun } from '../commit/run-writer.js';
import { ALL } from '../restore/month-coverage.js';
import { isMissingFile } from '../cloud/vault-reader.js';
import { type Run } from '../run/run.js';
import { loadState } from '../state/engine-state.js';
import { type PlanProduct, type StoredBulk } from '../state/stored-plan.js';
import { encodeDelta } from './seal-delta.js';
import { recentDocument } from '../restore/recent-uploads.js';

/** Months whose vaults are committed together. */
const MONTHS_A_COMMIT = 24;

/**
 * Uploads whole months of the local store as month vaults, newest first, by a stored plan: after a crash the months that were uploaded are not uploaded again, and those
 * that were committed are done. Clearings follow in a delta. Changes made meanwhile are in the journal behind the plan.
 */
export async function bulkUpload(run: Run): Promise<void> {
  let plan = await loadPlan(run);
  run.progress.expect(plan.remaining.length * 2);
  while (plan.remaining.length > 0) {
    const [partition] = plan.remaining.filter((month) => plan.uploaded[month] === undefined);
    if (partition === undefined || Object.keys(plan.uploaded).length >= MONTHS_A_COMMIT) {
      const sound = await withoutTornMonths(run, plan);
      plan = sound === plan ? await commitMonths(run, plan) : sound;
      continue;
    }
    const products = await writeRun(run, { partition }, exportMonth(run, partition));
    plan = { ...plan, uploaded: { ...plan.uploaded, [partition]: products } };
    await storePlan(run, plan);
  }
  await finish(run, plan);
}

/**
 * The plan without the months of which a file was not stored whole: they are uploaded again. Sizes are compared by listing, as reading a whole history back would double the
 * cost of a first backup and the records stay on this device.
 */
async function withoutTornMonths(run: Run, plan: StoredBulk): Promise<StoredBulk> {
  const years = new Set(Object.keys(plan.uploaded).map((month) => month.slice(0, 4)));
  const sizes = new Map<string, number>();
  for (const year of years)
    for (const { path, size } of await run.cloud.list(yearFolder(run.basePath, year)))
      sizes.set(path, size);
  const uploaded: Record<string, readonly PlanProduct[]> = {};
  for (const [month, products] of Object.entries(plan.uploaded))
    if (await isStoredWhole(run, products, sizes)) uploaded[month] = products;
  if (Object.keys(uploaded).length === Object.keys(plan.uploaded).length) return plan;
  const next = { ...plan, uploaded };
  await storePlan(run, next);
  return next;
}

/** A listing may lag: what it lacks is asked for by name. What does not answer was removed meanwhile, and its month is uploaded again. */
async function isStoredWhole(
  run: Run,
  products: readonly PlanProduct[],
  sizes: ReadonlyMap<string, number>,
): Promise<boolean> {
  const sizeOf = async (path: string): Promise<number> => {
    try {
      return sizes.get(path) ?? (await run.cloud.read(path)).length;
    } catch (error) {
      if (isMissingFile(error)) return -1;
      throw error;
    }
  };
  for (const { vault, manifestByteLength } of products)
    if (
      (await sizeOf(vault.path)) !== vault.byteLength ||
      (await sizeOf(vault.manifestPath)) !== manifestByteLength
    )
      return false;
  return true;
}

async function loadPlan(run: Run): Promise<StoredBulk> {
  const { plan } = await loadState(run.storage, run.provider);
  if (plan?.kind === 'bulk') return plan;
  const summary = await run.storage.pendingSummary(run.provider);
  const fresh: StoredBulk = {
    kind: 'bulk',
    through: summary.through,
    remaining: [...summary.partitions].sort().reverse(),
    uploaded: {},
    hasClearings: summary.hasClearings,
  };
  await storePlan(run, fresh);
  return fresh;
}

const storePlan = (run: Run, plan: StoredBulk): Promise<void> =>
  run.storage.updateSyncState(run.provider, { documents: { plan } });

async function* exportMonth(run: Run, partition: string): AsyncGenerator<readonly KeyGroup[]> {
  for await (const content of run.storage.exportAll({ partition })) yield groupByKey(content);
}

/** Commits the uploaded months; what this device just wrote from its own store is wholly here. */
async function commitMonths(run: Run, plan: StoredBulk): Promise<StoredBulk> {
  const months = Object.keys(plan.uploaded);
  const products = Object.values(plan.uploaded).flat();
  const next: StoredBulk = {
    ...plan,
    remaining: plan.remaining.filter((month) => !months.includes(month)),
    uploaded: {},
  };
  const { vault } = await loadState(run.storage, run.provider);
  const coverage: CoverageChange[] = months
    .filter((partition) => liveVaults(vault.join, partition).length === 0)
    .map((partition) => ({
      partition,
      conversationUrn: ALL,
      coverage: { line: BOTTOM_POSITION, vaults: idsOf(plan.uploaded[partition] ?? []) },
    }));
  await commitCatalog(
    run,
    { added: plan.uploaded, replaced: {}, folded: {} },
    {
      listing: await listVault(run),
      applied: idsOf(products),
      coverage,
      documents: { plan: next },
    },
  );
  run.tally.recordsUploaded += products.reduce(
    (sum, { vault: { messageCount } }) => sum + messageCount,
    0,
  );
  return next;
}

/** Uploads the clearings, which belong to no month, and confirms the journal up to where the plan began. */
async function finish(run: Run, plan: StoredBulk): Promise<void> {
  const applied: string[] = [];
  const documents: Record<string, unknown> = { plan: null };
  if (plan.hasClearings) {
    const { previous, recent } = await loadState(run.storage, run.provider);
    const cleared = await collectClearings(run);
    const delta = await encodeDelta(run, { ...EMPTY_CONTENT, cleared }, previous);
    await run.cloud.create(delta.path, delta.bytes);
    applied.push(delta.vaultId);
    documents['previous'] = delta.vaultId;
    documents['recent'] = [
      ...recent,
      { vaultId: delta.vaultId, path: delta.path, size: delta.bytes.length, at: run.env.now() },
    ];
    documents[recentDocument(delta.vaultId)] = delta.bytes;
  }
  await run.storage.confirm(run.provider, plan.through, applied, documents);
}

async function collectClearings(run: Run): Promise<(typeof EMPTY_CONTENT)['cleared']> {
  const cleared: (typeof EMPTY_CONTENT)['cleared'][number][] = [];
  for await (const content of run.storage.exportAll()) cleared.push(...content.cleared);
  return cleared;
}

const idsOf = (products: readonly PlanProduct[]): readonly string[] =>
  products.map(({ vault }) => vault.vaultId);
