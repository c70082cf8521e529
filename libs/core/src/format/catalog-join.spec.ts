import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Stamp } from '../clock/stamp.js';
import { allLiveVaults, EMPTY_JOIN, joinCatalogs, liveMonths, liveVaults } from './catalog-join.js';
import { type Catalog, type CatalogVault } from './catalog.js';

const RUNS = { seed: 20240615, numRuns: 300 };
const MONTHS = ['2024-01', '2024-02', '2024-03'];
const URNS = ['urn:a', 'urn:b', 'urn:c'];

/** All that is said of a vault follows from its id, as files are immutable; only `from` may have been dropped. */
function vaultOf(number: number, urns: readonly string[], hasFrom: boolean): CatalogVault {
  const vaultId = `v${number}`;
  const conversations = [...new Set([number % 3, (number * 7) % 3])].flatMap((index) => {
    const at = urns.indexOf(URNS[index] ?? '');
    return at < 0 ? [] : [at];
  });
  return {
    vaultId,
    runId: `r${number}`,
    path: `2024/${vaultId}`,
    manifestPath: `2024/m${vaultId}`,
    sha256: '',
    manifestSha256: '',
    byteLength: number,
    messageCount: number,
    rangeStart: '',
    rangeEnd: '',
    conversations: conversations.sort((a, b) => a - b),
    ...(hasFrom ? { from: [`d${number}`] } : {}),
  };
}

const ids = (prefix: string) =>
  fc.uniqueArray(
    fc.integer({ min: 0, max: 12 }).map((number) => `${prefix}${number}`),
    { maxLength: 5 },
  );

const supersededIds = (prefix: string) =>
  ids(prefix).chain((all) =>
    fc
      .array(fc.subarray(MONTHS), { minLength: all.length, maxLength: all.length })
      .map((months) => Object.fromEntries(all.map((id, index) => [id, months[index] ?? []]))),
  );

const catalogs: fc.Arbitrary<Catalog> = fc
  .record({
    number: fc.nat({ max: 1_000_000 }),
    generation: fc.integer({ min: 1, max: 9 }),
    urns: fc.shuffledSubarray(URNS),
    lasts: fc.array(fc.constantFrom('', '2024-01-01', '2024-02-01'), {
      minLength: 3,
      maxLength: 3,
    }),
    vaults: fc.uniqueArray(fc.nat({ max: 12 }), { maxLength: 8 }),
    hasFrom: fc.boolean(),
    carried: ids('c'),
    folded: fc.tuple(supersededIds('d'), supersededIds('c')).map(([a, b]) => ({ ...a, ...b })),
    replaced: supersededIds('v'),
    skipped: fc.array(
      fc.record({ path: fc.constantFrom('p', 'q'), reason: fc.constantFrom('x', 'y') }),
      { maxLength: 2 },
    ),
    plain: fc.array(
      fc.record({ path: fc.constantFrom('p', 'q', 'r'), sha256: fc.constantFrom('1', '2') }),
      { maxLength: 3 },
    ),
    cleared: fc.array(
      fc.record({
        urn: fc.constantFrom(...URNS),
        upTo: fc.constantFrom('1', '2', '3'),
        stamp: fc.constantFrom('1', '2', '3'),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ number, urns, lasts, vaults, hasFrom, cleared, carried, ...rest }) => ({
    ...rest,
    version: 1,
    kind: 'catalog',
    catalogId: `catalog${number}`,
    parents: [],
    ancestors: [],
    writtenBy: '0000000000000001',
    minReader: 1,
    minCompactor: 1 + (number % 2),
    keyringIds: [`k${number % 3}`],
    conversations: urns.map((urn, index) => ({ urn, last: lasts[index] ?? '' })),
    partitions: Object.fromEntries(
      MONTHS.map((month, index) => [
        month,
        vaults.filter((one) => one % 3 === index).map((one) => vaultOf(one, urns, hasFrom)),
      ]),
    ),
    carried: carried.map((vaultId) => ({
      vaultId,
      path: `deltas/${vaultId}`,
      from: [`${vaultId}f`],
    })),
    cleared: cleared.map(({ urn, upTo, stamp }) => ({
      conversationUrn: urn,
      upTo,
      deletedAt: upTo,
      stamp: stamp as Stamp,
    })),
  }));

describe('joinCatalogs', () => {
  it('is the empty join for no catalog', () => {
    expect(joinCatalogs([])).toEqual(EMPTY_JOIN);
  });

  it('does not depend on the order', () => {
    fc.assert(
      fc.property(fc.array(catalogs, { minLength: 2, maxLength: 4 }), (all) => {
        const unique = uniqueById(all);
        expect(namesOf([...unique].reverse())).toEqual(namesOf(unique));
      }),
      RUNS,
    );
  });

  it('unites what each names as plain', () => {
    fc.assert(
      fc.property(fc.array(catalogs, { minLength: 1, maxLength: 4 }), (all) => {
        const named = new Set(all.flatMap(({ plain = [] }) => plain.map(({ path }) => path)));
        const { plain = [] } = joinCatalogs(all);
        expect(plain.map(({ path }) => path)).toEqual([...named].sort());
      }),
      RUNS,
    );
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(catalogs, (one) => {
        expect(joinCatalogs([one, one])).toEqual(joinCatalogs([one]));
      }),
      RUNS,
    );
  });

  it('covers what each catalog covers: a vault is live, or replaced by a name; a delta folded in one is folded', () => {
    fc.assert(
      fc.property(fc.array(catalogs, { minLength: 1, maxLength: 4 }), (all) => {
        const join = joinCatalogs(all);
        const live = new Set(allLiveVaults(join).map(({ vault }) => vault.vaultId));
        for (const catalog of all) {
          for (const { vaultId } of Object.values(catalog.partitions).flat())
            expect(live.has(vaultId)).toBe(
              !all.some(({ replaced }) => Object.hasOwn(replaced, vaultId)),
            );
          for (const id of Object.keys(catalog.folded)) expect(join.folded[id]).toBeDefined();
          for (const { vaultId } of catalog.carried)
            expect(join.carried.some((one) => one.vaultId === vaultId)).toBe(
              !Object.hasOwn(join.folded, vaultId),
            );
          for (const clearing of catalog.cleared)
            expect(
              join.cleared.some(
                (other) =>
                  other.conversationUrn === clearing.conversationUrn &&
                  other.upTo >= clearing.upTo &&
                  other.stamp >= clearing.stamp,
              ),
            ).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('finds the vaults of a conversation under the join’s own indexes', () => {
    fc.assert(
      fc.property(fc.array(catalogs, { minLength: 1, maxLength: 3 }), (all) => {
        const join = joinCatalogs(all);
        for (const urn of URNS)
          for (const month of liveMonths(join, urn))
            for (const vault of liveVaults(join, month, urn)) {
              const isNamed = all.some((catalog) =>
                (catalog.partitions[month] ?? []).some(
                  (one) =>
                    one.vaultId === vault.vaultId &&
                    one.conversations.some((index) => catalog.conversations[index]?.urn === urn),
                ),
              );
              expect(isNamed).toBe(true);
            }
      }),
      RUNS,
    );
  });
});

/** A join, with the vaults’ conversations by name; `last` of catalogs that index different conversations is compared too. */
function namesOf(all: readonly Catalog[]) {
  const join = joinCatalogs(all);
  return {
    ...join,
    partitions: allLiveVaults(join).map(({ partition, vault }) => ({
      partition,
      vaultId: vault.vaultId,
      from: vault.from,
    })),
  };
}

const uniqueById = (all: readonly Catalog[]): readonly Catalog[] => [
  ...new Map(all.map((catalog) => [catalog.catalogId, catalog])).values(),
];
