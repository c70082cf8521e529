import { BOTTOM_POSITION, type CoverageChange } from '@chat-vault/chat-storage';
import { type CatalogVault, liveMonths, liveVaults, type Manifest } from '@chat-vault/core/format';
import { inParallel } from '../run/in-parallel.js';
import { type Run } from '../run/run.js';
import { type CloudView, hydrateConversation, readManifests } from './hydrate.js';
import { mergeBeside, type MergeQueue } from './merge-queue.js';
import { ALL, closeOver, isHeld } from './month-coverage.js';
import { RemovableShare } from './removable-share.js';
import { type SegmentTarget, visitSegments } from './segment-reader.js';

/** Months read at once when all are: while one is merged, the next is fetched. */
const MONTHS_AT_ONCE = 2;

/** Brings everything the cloud has of a month here, of one conversation when given. Nothing to read: no request. */
export async function restoreMonthHere(
  run: Run,
  view: CloudView,
  target: { readonly month: string; readonly conversationUrn?: string },
): Promise<void> {
  const { month: partition, conversationUrn } = target;
  if (conversationUrn === undefined) return restoreWholeMonths(run, view, [partition]);
  await hydrateConversation(run, view, { partition, conversationUrn }, Infinity);
}

/** Brings everything the cloud has here, the newest months first. Nothing to read: no request. */
export const restoreAllHere = (run: Run, view: CloudView): Promise<void> =>
  restoreWholeMonths(run, view, liveMonths(view.join));

async function restoreWholeMonths(
  run: Run,
  view: CloudView,
  months: readonly string[],
): Promise<void> {
  const removable = new RemovableShare(run, view.join.cleared);
  const plans: MonthPlan[] = [];
  for (const month of months) {
    const plan = await planMonth(run, view, month);
    if (plan) plans.push(plan);
  }
  const files = plans.flatMap(({ open }) => open);
  run.progress.expect(
    files.length,
    files.reduce((sum, { byteLength }) => sum + byteLength, 0),
  );
  await mergeBeside(run, async (queue) => {
    await inParallel(plans, MONTHS_AT_ONCE, (plan) =>
      restoreWholeMonth(run, plan, queue, removable),
    );
  });
  await removable.store(files);
}

/** A month that is to be brought here whole. */
interface MonthPlan {
  readonly partition: string;
  /** Its vaults of which this device does not have everything by their deltas. */
  readonly live: readonly CatalogVault[];
  /** Those of them that must be read. */
  readonly open: readonly CatalogVault[];
}

/** What is to be done for a month; `undefined` when all of it is known to be here. */
async function planMonth(
  run: Run,
  view: CloudView,
  partition: string,
): Promise<MonthPlan | undefined> {
  const live = liveVaults(view.join, partition).filter((vault) => !isHeld(vault, view.applied));
  if (live.length === 0) return undefined;
  const all = await run.storage.coverage(run.provider, partition);
  if (live.every(({ vaultId }) => all.vaults.includes(vaultId))) return undefined;
  const covered = closeOver(live, view.applied, all);
  return { partition, live, open: live.filter((vault) => !covered.has(vault.vaultId)) };
}

async function restoreWholeMonth(
  run: Run,
  { partition, live, open }: MonthPlan,
  queue: MergeQueue,
  removable: RemovableShare,
): Promise<void> {
  const failed = await readVaults(run, open, queue, removable);
  const vaults = live.map((vault) => vault.vaultId).filter((id) => !failed.has(id));
  const entries = await run.storage.coverageEntries(run.provider, partition);
  const isWhole = failed.size === 0;
  const coverage: CoverageChange[] = [
    { partition, conversationUrn: ALL, coverage: { line: BOTTOM_POSITION, vaults } },
    ...entries
      .filter((entry) => isWhole && entry.conversationUrn !== ALL)
      .map(({ conversationUrn }) => ({ partition, conversationUrn, coverage: null })),
  ];
  queue.cover(coverage);
}

/** Hands all segments of the vaults over to be merged; gives the ids of those that could not be read whole. */
async function readVaults(
  run: Run,
  vaults: readonly CatalogVault[],
  queue: MergeQueue,
  removable: RemovableShare,
): Promise<ReadonlySet<string>> {
  const { manifests, unopened } = await readManifests(run, vaults);
  const failed = new Set(unopened.map((vault) => vault.vaultId));
  const targets = vaults.flatMap((vault) => segmentsOf(vault, manifests.get(vault.vaultId)));
  await visitSegments(
    run,
    targets,
    async (result) => {
      if ('error' in result) failed.add(result.target.vault.vaultId);
      else {
        removable.count(result.target.vault, result.content);
        await queue.add(result.content);
      }
    },
    { isAnnounced: true },
  );
  return failed;
}

const segmentsOf = (
  vault: CatalogVault,
  manifest: Manifest | undefined,
): readonly SegmentTarget[] =>
  manifest?.segments.map((segment) => ({ vault, manifest, segment })) ?? [];
