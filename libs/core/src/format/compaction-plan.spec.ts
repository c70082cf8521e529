import { describe, expect, it } from 'vitest';
import { type CatalogJoin, EMPTY_JOIN } from './catalog-join.js';
import { type CatalogVault } from './catalog.js';
import {
  COMPACTION_LIMITS,
  type DeltaSummary,
  planCompaction,
  runTier,
} from './compaction-plan.js';

const HOT = ['2024-06', '2024-05'];
const KIB = 1024;

function delta(
  vaultId: string,
  months: Readonly<Record<string, number>>,
  isCarried = false,
): DeltaSummary {
  const entries = Object.entries(months).map(
    ([month, jsonBytes]) => [month, { jsonBytes }] as const,
  );
  return { vaultId, isCarried, months: Object.fromEntries(entries) };
}

function vault(vaultId: string, byteLength: number, runId = vaultId): CatalogVault {
  return {
    vaultId,
    runId,
    path: vaultId,
    manifestPath: `m${vaultId}`,
    sha256: '',
    manifestSha256: '',
    byteLength,
    messageCount: 10,
    rangeStart: '',
    rangeEnd: '',
    conversations: [],
  };
}

const joinOf = (partitions: CatalogJoin['partitions']): CatalogJoin => ({
  ...EMPTY_JOIN,
  partitions,
});

const plan = (
  deltas: readonly DeltaSummary[],
  partitions: CatalogJoin['partitions'] = {},
  more: { readonly removable?: Readonly<Record<string, number>> } = {},
) => planCompaction({ join: joinOf(partitions), deltas, hotMonths: HOT, ...more });

describe('planCompaction', () => {
  it('has nothing to do without deltas and with settled runs', () => {
    expect(plan([])).toBeNull();
    expect(
      plan([], { '2024-06': [vault('a', KIB), vault('b', KIB)], '2020-01': [vault('c', KIB)] }),
    ).toBeNull();
  });

  it('folds a delta of hot months into a run of each', () => {
    expect(plan([delta('d1', { '2024-06': 100, '2024-05': 100 })])).toEqual({
      deltaIds: ['d1'],
      carriedMonths: [],
      months: ['2024-05', '2024-06'].map((partition) => ({
        partition,
        merges: [{ vaultIds: [], withDeltas: true }],
      })),
    });
  });

  it('carries small changes to cold months, and makes a run of large ones', () => {
    const limit = COMPACTION_LIMITS.carriedMonthBytes;
    expect(plan([delta('d1', { '2019-01': limit - 1, '2019-02': limit })])).toMatchObject({
      deltaIds: ['d1'],
      carriedMonths: ['2019-01'],
      months: [{ partition: '2019-02' }],
    });
  });

  it('hands the largest months down when too much is carried', () => {
    const months = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [
        `2019-${String(index + 1).padStart(2, '0')}`,
        (20 + index) * KIB,
      ]),
    );
    const { carriedMonths = [], months: runs = [] } = plan([delta('d1', months)]) ?? {};
    const carried = carriedMonths.reduce((sum, month) => sum + (months[month] ?? 0), 0);
    expect(carried).toBeLessThanOrEqual(COMPACTION_LIMITS.carriedBytes);
    expect(runs.map(({ partition }) => partition)).toEqual(['2019-11', '2019-12']);
  });

  it('leaves a single carried delta alone, and takes it when a month of it became hot or another delta came', () => {
    const carried = delta('c1', { '2019-01': 100 }, true);
    expect(plan([carried])).toBeNull();
    expect(plan([carried, delta('c2', {}, true)])?.deltaIds).toEqual(['c1', 'c2']);
    expect(plan([carried, delta('d1', { '2024-06': 1 })])?.deltaIds).toEqual(['c1', 'd1']);
    expect(plan([delta('c1', { '2019-01': 100, '2024-06': 5 }, true)])).toMatchObject({
      deltaIds: ['c1'],
      carriedMonths: ['2019-01'],
      months: [{ partition: '2024-06' }],
    });
  });

  it('folds a delta of nothing, and one of clearings alone', () => {
    expect(plan([delta('d1', {})])).toEqual({ deltaIds: ['d1'], carriedMonths: [], months: [] });
  });

  it('takes as many deltas as need at most 24 runs, the oldest first, and one always', () => {
    const big = COMPACTION_LIMITS.carriedMonthBytes;
    const year = (number: number) =>
      delta(
        `d${number}`,
        Object.fromEntries(
          Array.from({ length: 12 }, (_, month) => [
            `${number}-${String(month + 1).padStart(2, '0')}`,
            big,
          ]),
        ),
      );
    expect(plan([year(2015), year(2016), year(2017)])?.deltaIds).toEqual(['d2015', 'd2016']);
    const huge: DeltaSummary = {
      vaultId: 'huge',
      isCarried: false,
      months: { ...year(2001).months, ...year(2002).months, ...year(2003).months },
    };
    expect(plan([huge, year(2015)])?.deltaIds).toEqual(['huge']);
  });

  it('takes at most 200 deltas', () => {
    const many = Array.from({ length: 250 }, (_, index) => delta(`d${index}`, { '2024-06': 10 }));
    expect(plan(many)?.deltaIds).toHaveLength(200);
  });

  it('merges four runs of a tier into one, the fresh one counted', () => {
    const runs = ['a', 'b', 'c'].map((id) => vault(id, KIB));
    expect(plan([delta('d1', { '2024-06': 100 })], { '2024-06': runs })?.months).toEqual([
      { partition: '2024-06', merges: [{ vaultIds: ['a', 'b', 'c'], withDeltas: true }] },
    ]);
  });

  it('leaves a large run alone when small ones merge', () => {
    const runs = [vault('big', 4096 * KIB), ...['a', 'b', 'c'].map((id) => vault(id, KIB))];
    const merges = plan([delta('d1', { '2024-06': 100 })], { '2024-06': runs })?.months[0]?.merges;
    expect(merges).toEqual([{ vaultIds: ['a', 'b', 'c'], withDeltas: true }]);
  });

  it('takes a run that spans several files as one', () => {
    const run = [vault('a1', KIB, 'a'), vault('a2', KIB, 'a'), vault('a3', KIB, 'a')];
    expect(plan([delta('d1', { '2024-06': 100 })], { '2024-06': run })?.months[0]?.merges).toEqual([
      { vaultIds: [], withDeltas: true },
    ]);
  });

  it('merges at most two months that have become cold, oldest first', () => {
    const runs = (name: string) => [vault(`${name}1`, KIB), vault(`${name}2`, KIB)];
    const partitions = { '2020-03': runs('c'), '2020-01': runs('a'), '2020-02': runs('b') };
    expect(plan([], partitions)?.months.map(({ partition }) => partition)).toEqual([
      '2020-01',
      '2020-02',
    ]);
  });

  it('rewrites a run alone of which much may be left out', () => {
    const partitions = { '2024-06': [vault('a', KIB), vault('b', KIB)] };
    expect(plan([], partitions, { removable: { a: 0.31, b: 0.3 } })?.months).toEqual([
      { partition: '2024-06', merges: [{ vaultIds: ['a'], withDeltas: false }] },
    ]);
  });

  it('names each run once, and gives the same plan for the same input', () => {
    const partitions = {
      '2024-06': Array.from({ length: 9 }, (_, index) => vault(`h${index}`, (index + 1) * 5 * KIB)),
      '2020-01': Array.from({ length: 5 }, (_, index) =>
        vault(`c${index}`, (index + 1) * 50 * KIB),
      ),
    };
    const deltas = [delta('d1', { '2024-06': 40 * KIB, '2020-01': 64 * KIB })];
    const made = plan(deltas, partitions);
    expect(plan(deltas, partitions)).toEqual(made);
    const ids =
      made?.months.flatMap(({ merges }) => merges.flatMap(({ vaultIds }) => vaultIds)) ?? [];
    expect(new Set(ids).size).toBe(ids.length);
    for (const { merges } of made?.months ?? [])
      expect(merges.filter(({ withDeltas }) => withDeltas)).toHaveLength(1);
  });

  it('rewrites a message O(log n) times over many small folds', () => {
    let runs: readonly CatalogVault[] = [];
    let written = 0;
    for (let fold = 0; fold < 1_000; fold++) {
      const merge = plan([delta('d', { '2024-06': 20 * KIB })], { '2024-06': runs })?.months[0]
        ?.merges[0];
      const merged = runs.filter(({ vaultId }) => merge?.vaultIds.includes(vaultId));
      const bytes = 4 * KIB + merged.reduce((sum, one) => sum + one.byteLength, 0);
      written += bytes;
      runs = [...runs.filter((one) => !merged.includes(one)), vault(`v${fold}`, bytes)];
    }
    expect(written / (1_000 * 4 * KIB)).toBeLessThanOrEqual(7);
    expect(runs.length).toBeLessThanOrEqual(18);
  });

  it('does not merge a cold month whole each time that changes are pushed down to it', () => {
    const large = 4096 * KIB;
    let runs: readonly CatalogVault[] = [vault('large', large)];
    let [whole, written] = [0, 0];
    const pushed = 8 * KIB;
    for (let push = 0; push < 400; push++) {
      const deltas = [delta('d', { '2019-01': 40 * KIB })];
      const [merge, ...others] = plan(deltas, { '2019-01': runs })?.months[0]?.merges ?? [];
      expect(others).toEqual([]);
      const merged = runs.filter(({ vaultId }) => merge?.vaultIds.includes(vaultId));
      if (merged.some(({ byteLength }) => byteLength >= large)) whole += 1;
      const bytes = pushed + merged.reduce((sum, one) => sum + one.byteLength, 0);
      written += bytes;
      runs = [...runs.filter((one) => !merged.includes(one)), vault(`v${push}`, bytes)];
      expect(runs.length).toBeLessThanOrEqual(2);
    }
    expect(whole).toBe(2);
    // The small run beside the large one is written anew each time, until it is a quarter of it.
    expect(written / (400 * pushed)).toBeLessThan(80);
  });
});

describe('runTier', () => {
  it.each([
    [0, 6],
    [4095, 6],
    [4096, 6],
    [16 * KIB, 7],
    [64 * KIB, 8],
    [1024 * KIB, 10],
  ])('of %i bytes is %i', (bytes, tier) => {
    expect(runTier(bytes)).toBe(tier);
  });
});
