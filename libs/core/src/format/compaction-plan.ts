import { type CatalogJoin } from './catalog-join.js';
import { type CatalogVault } from './catalog.js';

/** Changes of one delta to one month. */
export interface MonthChanges {
  /** Bytes of JSON, about. */
  readonly jsonBytes: number;
}

/** What the planner must know of an unfolded delta that could be read. */
export interface DeltaSummary {
  readonly vaultId: string;
  readonly isCarried: boolean;
  /** By month; clearings belong to none. */
  readonly months: Readonly<Record<string, MonthChanges>>;
}

/** Runs of one month to be merged into one, with or without the changes of the deltas. */
export interface RunMerge {
  readonly vaultIds: readonly string[];
  readonly withDeltas: boolean;
}

/** What happens to one month. */
export interface MonthPlan {
  readonly partition: string;
  readonly merges: readonly RunMerge[];
}

/** Which deltas to fold, which months go into the carried delta, and which runs to write. */
export interface CompactionPlan {
  readonly deltaIds: readonly string[];
  readonly carriedMonths: readonly string[];
  readonly months: readonly MonthPlan[];
}

/** Sizes and counts that shape a plan (docs/sync-engine.md, "Compaction"). */
export interface CompactionLimits {
  readonly maxDeltas: number;
  readonly maxRunMonths: number;
  /** Changes to a cold month below this many bytes of JSON are carried. */
  readonly carriedMonthBytes: number;
  /** Above this many bytes of JSON the carried delta hands its largest months down. */
  readonly carriedBytes: number;
  readonly maxColdMerges: number;
  readonly removableShare: number;
}

/** The limits of format version 1. */
export const COMPACTION_LIMITS: CompactionLimits = {
  maxDeltas: 200,
  maxRunMonths: 24,
  carriedMonthBytes: 32 * 1024,
  carriedBytes: 256 * 1024,
  maxColdMerges: 2,
  removableShare: 0.3,
};

/** What a plan is made from. */
export interface CompactionInput {
  readonly join: CatalogJoin;
  /** Carried deltas first, then the others from the oldest. */
  readonly deltas: readonly DeltaSummary[];
  /** The current and the previous month by the newest server time; all others are cold. */
  readonly hotMonths: readonly string[];
  /** Share of a vault's messages that may be left out, where it was counted. */
  readonly removable?: Readonly<Record<string, number>>;
  /** Ids of vaults and deltas that are to be written anew whatever is in them. */
  readonly stale?: ReadonlySet<string>;
  readonly limits?: CompactionLimits;
}

/** Decides a compaction; `null` when there is nothing to do. Pure: the same input gives the same plan. */
export function planCompaction(input: CompactionInput): CompactionPlan | null {
  const limits = input.limits ?? COMPACTION_LIMITS;
  const chosen = chooseDeltas(input, limits);
  const { runMonths, carriedMonths } = placeMonths(chosen, input.hotMonths, limits);
  const bytesByMonth = sumMonths(chosen);
  const months = new Map<string, readonly RunMerge[]>();
  for (const partition of runMonths)
    months.set(
      partition,
      planMonth(input.join.partitions[partition] ?? [], bytesByMonth.get(partition) ?? 0, {
        isHot: input.hotMonths.includes(partition),
      }),
    );
  for (const [partition, merges] of coldMerges(input, months, limits))
    months.set(partition, merges);
  for (const [partition, merges] of rewrites(input, months, limits)) months.set(partition, merges);
  // A single carried delta is left as it is, unless a month of it has become hot since, or it is stale.
  const hasFolds =
    chosen.some((delta) => !delta.isCarried || input.stale?.has(delta.vaultId) === true) ||
    chosen.length > 1 ||
    runMonths.length > 0;
  if (months.size === 0 && !hasFolds) return null;
  return {
    deltaIds: hasFolds ? chosen.map((delta) => delta.vaultId) : [],
    carriedMonths: hasFolds ? carriedMonths : [],
    months: [...months]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([partition, merges]) => ({ partition, merges })),
  };
}

/** `floor(log4(bytes))`, where all below 4 KiB is one tier. */
export function runTier(bytes: number): number {
  return Math.max(6, Math.floor(Math.log2(Math.max(1, bytes)) / 2));
}

/** Carried ones and the oldest others, as long as at most `maxRunMonths` months get a run; one delta always. */
function chooseDeltas(input: CompactionInput, limits: CompactionLimits): readonly DeltaSummary[] {
  const chosen = input.deltas.filter((delta) => delta.isCarried);
  let hasOther = false;
  for (const delta of input.deltas) {
    if (delta.isCarried) continue;
    const next = [...chosen, delta];
    if (hasOther && next.length > limits.maxDeltas) break;
    const { runMonths } = placeMonths(next, input.hotMonths, limits);
    if (hasOther && runMonths.length > limits.maxRunMonths) break;
    chosen.push(delta);
    hasOther = true;
  }
  return chosen;
}

/** Small changes to cold months are carried; when they grow too many, the largest months get runs. */
function placeMonths(
  deltas: readonly DeltaSummary[],
  hotMonths: readonly string[],
  limits: CompactionLimits,
): { readonly runMonths: readonly string[]; readonly carriedMonths: readonly string[] } {
  const runMonths: string[] = [];
  const carried: { readonly partition: string; readonly jsonBytes: number }[] = [];
  for (const [partition, jsonBytes] of sumMonths(deltas))
    if (hotMonths.includes(partition) || jsonBytes >= limits.carriedMonthBytes)
      runMonths.push(partition);
    else carried.push({ partition, jsonBytes });
  carried.sort((a, b) => a.jsonBytes - b.jsonBytes || (a.partition < b.partition ? -1 : 1));
  let total = carried.reduce((sum, month) => sum + month.jsonBytes, 0);
  while (total > limits.carriedBytes) {
    const largest = carried.pop();
    if (largest === undefined) break;
    total -= largest.jsonBytes;
    runMonths.push(largest.partition);
  }
  return {
    runMonths: runMonths.sort(),
    carriedMonths: carried.map((month) => month.partition).sort(),
  };
}

function sumMonths(deltas: readonly DeltaSummary[]): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>();
  for (const delta of deltas)
    for (const [partition, changes] of Object.entries(delta.months))
      bytes.set(partition, (bytes.get(partition) ?? 0) + changes.jsonBytes);
  return bytes;
}

interface PlannedRun {
  readonly vaultIds: readonly string[];
  readonly bytes: number;
  readonly withDeltas: boolean;
  /** How many existing runs it is made of; one that is only itself needs no work. */
  readonly parts: number;
}

/** gzip of message JSON leaves about a fifth; only the tier depends on it. */
const ENCODED_SHARE = 0.2;

/** The new run of a month, merged with existing ones where four or more are of one tier. */
function planMonth(
  vaults: readonly CatalogVault[],
  deltaJsonBytes: number,
  month: { readonly isHot: boolean },
): readonly RunMerge[] {
  const fresh: PlannedRun = {
    vaultIds: [],
    bytes: deltaJsonBytes * ENCODED_SHARE,
    withDeltas: true,
    parts: 1,
  };
  const runs = mergeFullTiers([...runsOf(vaults), fresh]);
  const settled = month.isHot ? runs : settleColdRuns(runs);
  return settled.filter((run) => run.withDeltas || run.parts > 1).map(toMerge);
}

function mergeFullTiers(runs: readonly PlannedRun[]): readonly PlannedRun[] {
  let current = runs;
  for (;;) {
    const byTier = groupBy(current, (run) => runTier(run.bytes));
    const full = [...byTier.values()].find((tier) => tier.length >= 4);
    if (full === undefined) return current;
    current = [...current.filter((run) => !full.includes(run)), mergeRuns(full)];
  }
}

/** The runs of a month by `runId`, which may span several files. */
function runsOf(vaults: readonly CatalogVault[]): readonly PlannedRun[] {
  return [...groupBy(vaults, (vault) => vault.runId).values()].map((files) => ({
    vaultIds: files.map((file) => file.vaultId),
    bytes: files.reduce((sum, file) => sum + file.byteLength, 0),
    withDeltas: false,
    parts: 1,
  }));
}

/**
 * A cold month keeps at most two runs. The small ones join the largest only when together they reach a quarter of it; so a month that
 * small changes reach again and again is not rewritten whole each time.
 */
function settleColdRuns(runs: readonly PlannedRun[]): readonly PlannedRun[] {
  if (runs.length < 2) return runs;
  const [largest, ...small] = [...runs].sort((a, b) => b.bytes - a.bytes) as [
    PlannedRun,
    ...PlannedRun[],
  ];
  const smallBytes = small.reduce((sum, run) => sum + run.bytes, 0);
  if (smallBytes * 4 >= largest.bytes) return [mergeRuns(runs)];
  return small.length > 1 ? [largest, mergeRuns(small)] : runs;
}

/** Months that have become cold, oldest first. */
function coldMerges(
  input: CompactionInput,
  planned: ReadonlyMap<string, unknown>,
  limits: CompactionLimits,
): readonly (readonly [string, readonly RunMerge[]])[] {
  const merges: (readonly [string, readonly RunMerge[]])[] = [];
  for (const partition of Object.keys(input.join.partitions).sort()) {
    if (merges.length >= limits.maxColdMerges) break;
    if (input.hotMonths.includes(partition) || planned.has(partition)) continue;
    const settled = settleColdRuns(mergeFullTiers(runsOf(input.join.partitions[partition] ?? [])));
    const work = settled.filter((run) => run.parts > 1).map(toMerge);
    if (work.length > 0) merges.push([partition, work]);
  }
  return merges;
}

/** Runs that are stale or of which much may be left out (cleared or expired), rewritten alone. */
function rewrites(
  input: CompactionInput,
  planned: ReadonlyMap<string, unknown>,
  limits: CompactionLimits,
): readonly (readonly [string, readonly RunMerge[]])[] {
  const removable = input.removable ?? {};
  return Object.entries(input.join.partitions)
    .filter(([partition]) => !planned.has(partition))
    .map(([partition, vaults]) => {
      const ids = vaults
        .filter(
          ({ vaultId }) =>
            (removable[vaultId] ?? 0) > limits.removableShare || input.stale?.has(vaultId) === true,
        )
        .map((vault) => vault.vaultId);
      return [partition, ids.map((id) => ({ vaultIds: [id], withDeltas: false }))] as const;
    })
    .filter(([, merges]) => merges.length > 0);
}

function mergeRuns(runs: readonly PlannedRun[]): PlannedRun {
  return {
    vaultIds: runs.flatMap((run) => run.vaultIds),
    bytes: runs.reduce((sum, run) => sum + run.bytes, 0),
    withDeltas: runs.some((run) => run.withDeltas),
    parts: runs.reduce((sum, run) => sum + run.parts, 0),
  };
}

function groupBy<Value, Key>(
  values: readonly Value[],
  keyOf: (value: Value) => Key,
): ReadonlyMap<Key, readonly Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}

const toMerge = (run: PlannedRun): RunMerge => ({
  vaultIds: run.vaultIds,
  withDeltas: run.withDeltas,
});
