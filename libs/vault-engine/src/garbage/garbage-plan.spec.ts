import { type Catalog, EMPTY_JOIN, joinCatalogs } from '@chat-vault/core/format';
import { describe, expect, it } from 'vitest';
import { type Listing } from '../cloud/listing.js';
import { type EngineState, type SupersededSince } from '../state/engine-state.js';
import { planGarbage } from './garbage-plan.js';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2024, 5, 15);
const at = (ms: number) => new Date(ms).toISOString();

const catalog: Catalog = {
  ...EMPTY_JOIN,
  version: 1,
  kind: 'catalog',
  catalogId: 'c2',
  generation: 2,
  parents: ['c1'],
  ancestors: ['c0'],
  writtenBy: '0000000000000001',
  folded: { d1: ['2024-05'], d2: ['2024-06'] },
  replaced: { v1: ['2024-05'] },
};

function stateWith(
  superseded: Readonly<Record<string, SupersededSince>>,
  more: Partial<Catalog> = {},
): EngineState {
  const head = { ...catalog, ...more };
  return {
    vault: {
      heads: { c2: { catalog: head, modifiedAt: at(NOW) } },
      named: ['c1', 'c0'],
      join: joinCatalogs([head]),
    },
    superseded,
    gone: {},
    damaged: {},
  } as unknown as EngineState;
}

function listingOf(
  deltas: readonly string[],
  catalogs: readonly (readonly [string, number])[],
  newestAt = NOW,
): Listing {
  const file = { path: '', size: 1, modifiedAt: at(newestAt) };
  return {
    deltas: deltas.map((vaultId) => ({ ...file, vaultId, digest: '' })),
    catalogs: catalogs.map(([catalogId, generation]) => ({ ...file, catalogId, generation })),
    foreign: [],
    unsealed: { deltas: [], catalogs: [] },
    newestAt,
    at: NOW,
    atMonotonic: 0,
  };
}

const grace = { deltaMs: DAY, otherMs: 7 * DAY, now: NOW };
const since = (catalogMs: number, seenMs: number): SupersededSince => ({
  catalogAt: at(NOW - catalogMs),
  seenAt: NOW - seenMs,
});
const planned = (state: EngineState, listing: Listing) =>
  planGarbage(state, listing, grace).map(({ id }) => id);
const FULL = listingOf(
  ['d1', 'd2', 'd9'],
  [
    ['c2', 2],
    ['c1', 1],
    ['c0', 0],
  ],
);

describe('planGarbage', () => {
  it('names only what a present catalog names as superseded, deltas first, catalogs by generation', () => {
    const old = since(8 * DAY, 8 * DAY);
    const state = stateWith({ d1: old, d2: old, d9: old, v1: old, c0: old, c1: old, c2: old });
    expect(planned(state, FULL)).toEqual(['d1', 'd2', 'v1', 'c0', 'c1']);
  });

  it.each([
    { why: 'by the server', since: since(25 * HOUR, 0), isOver: true },
    { why: 'by this device', since: since(0, 25 * HOUR), isOver: true },
    { why: 'by neither', since: since(23 * HOUR, 23 * HOUR), isOver: false },
  ])('counts the grace of a delta $why', ({ since: known, isOver }) => {
    expect(planned(stateWith({ d1: known }), FULL)).toEqual(isOver ? ['d1'] : []);
  });

  it('gives vaults and catalogs seven days', () => {
    const young = since(6 * DAY, 6 * DAY);
    expect(planned(stateWith({ v1: young, c1: young }), FULL)).toEqual([]);
  });

  it('takes the word of no catalog that is not listed now', () => {
    const old = since(8 * DAY, 8 * DAY);
    expect(planned(stateWith({ d1: old, v1: old }), listingOf(['d1'], []))).toEqual([]);
    expect(planned(stateWith({ d1: old, v1: old }), listingOf(['d1'], [['other', 3]]))).toEqual([]);
  });

  it('removes nothing when a newer version of the library asks for it', () => {
    const old = since(8 * DAY, 8 * DAY);
    expect(planned(stateWith({ d1: old }, { minCompactor: 2 }), FULL)).toEqual([]);
  });

  it('knows nothing of ids that it never saw superseded', () => {
    expect(planned(stateWith({}), FULL)).toEqual([]);
  });
});
