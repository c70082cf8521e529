import { type CatalogVault, EMPTY_JOIN, joinCatalogs } from '@chat-vault/core/format';
import { type Stamp } from '@chat-vault/core';
import { describe, expect, it } from 'vitest';
import { type PlanProduct } from '../state/stored-plan.js';
import { type CommitChange, type CommitContext, nextCatalog } from './next-catalog.js';

const NO_CHANGE: CommitChange = { added: {}, replaced: {}, folded: {} };

function product(vaultId: string, urns: readonly string[], from?: readonly string[]): PlanProduct {
  const vault: Omit<CatalogVault, 'conversations'> = {
    vaultId,
    runId: vaultId,
    path: `2024/${vaultId}`,
    manifestPath: `2024/m-${vaultId}`,
    sha256: '',
    manifestSha256: '',
    byteLength: 1,
    messageCount: 1,
    rangeStart: '',
    rangeEnd: '',
    ...(from ? { from } : {}),
  };
  return {
    vault,
    manifestByteLength: 1,
    conversations: urns.map((urn) => ({ urn, last: '2024-06-01' })),
  };
}

function context(change: Partial<CommitContext> = {}): CommitContext {
  return {
    join: EMPTY_JOIN,
    catalogId: 'c1',
    deviceId: '0000000000000001',
    account: undefined,
    extra: undefined,
    ancestors: [],
    forgotten: new Set(),
    isKnown: () => true,
    ...change,
  };
}

const first = nextCatalog(context({ account: 'acc' }), {
  ...NO_CHANGE,
  added: { '2024-06': [product('v1', ['urn:b'], ['d1']), product('v2', ['urn:a', 'urn:b'])] },
  folded: { d1: ['2024-06'] },
  carried: { vaultId: 'k1', path: 'deltas/k1', from: ['d1'] },
});
const join = joinCatalogs([first]);
const ids = (catalog: typeof first) =>
  Object.values(catalog.partitions)
    .flat()
    .map(({ vaultId }) => vaultId);

describe('nextCatalog', () => {
  it('starts at generation 1 and indexes conversations by name', () => {
    expect(first).toMatchObject({
      generation: 1,
      parents: [],
      account: 'acc',
      conversations: [{ urn: 'urn:a' }, { urn: 'urn:b' }],
      folded: { d1: ['2024-06'] },
      carried: [{ vaultId: 'k1' }],
    });
    expect(first.partitions['2024-06']?.map(({ conversations }) => conversations)).toEqual([
      [1],
      [0, 1],
    ]);
  });

  it('says what the join says when nothing changed, one generation on', () => {
    const next = nextCatalog(
      context({ join, catalogId: 'c2', ancestors: ['c0', 'c1'] }),
      NO_CHANGE,
    );
    expect(next).toMatchObject({ generation: 2, parents: ['c1'], ancestors: ['c0'] });
    expect(next.partitions).toEqual(first.partitions);
    expect(next.carried).toEqual(first.carried);
    expect(next.folded).toEqual(first.folded);
  });

  it('takes replaced vaults out, and moves the indexes of the others with the conversations', () => {
    const next = nextCatalog(context({ join, catalogId: 'c2' }), {
      ...NO_CHANGE,
      added: { '2024-06': [product('v3', ['urn:0'])] },
      replaced: { v1: ['2024-06'] },
    });
    expect(ids(next)).toEqual(['v2', 'v3']);
    expect(next.replaced).toEqual({ v1: ['2024-06'] });
    expect(next.conversations.map(({ urn }) => urn)).toEqual(['urn:0', 'urn:a', 'urn:b']);
    expect(next.partitions['2024-06']?.map(({ conversations }) => conversations)).toEqual([
      [1, 2],
      [0],
    ]);
  });

  it('replaces a carried delta that is folded, and its clearings', () => {
    const cleared = [{ conversationUrn: 'urn:a', upTo: '1', deletedAt: '1', stamp: 's' as Stamp }];
    const next = nextCatalog(context({ join, catalogId: 'c2' }), {
      ...NO_CHANGE,
      folded: { k1: [] },
      carried: { vaultId: 'k2', path: 'deltas/k2', from: ['k1'] },
      cleared,
    });
    expect(next.carried.map(({ vaultId }) => vaultId)).toEqual(['k2']);
    expect(next.cleared).toEqual(cleared);
  });

  it('drops what a repair says, and gives it back what it revives', () => {
    const lost = nextCatalog(context({ join, catalogId: 'c2' }), {
      ...NO_CHANGE,
      added: { '2024-06': [product('v0', ['urn:a'])] },
      dropped: new Set(['v1', 'k1']),
      unfolded: new Set(['d1']),
      unreplaced: new Set(['v0']),
    });
    expect(ids(lost)).toEqual(['v0', 'v2']);
    expect([lost.carried, lost.folded, lost.replaced]).toEqual([[], {}, {}]);
  });

  it('forgets ids whose files are gone, and `from` as a whole once all of its files are', () => {
    const next = nextCatalog(
      context({ join, catalogId: 'c2', forgotten: new Set(['d1']), isKnown: (id) => id !== 'd1' }),
      NO_CHANGE,
    );
    expect(next.folded).toEqual({});
    expect(next.partitions['2024-06']?.[0]).not.toHaveProperty('from');
  });

  it('never shortens `from`: who has only what is left of it would think that it has all', () => {
    const made = nextCatalog(context(), {
      ...NO_CHANGE,
      added: { '2024-06': [product('v1', ['urn:a'], ['d1', 'd2'])] },
    });
    for (const gone of ['d1', 'd2']) {
      const next = nextCatalog(
        context({
          join: joinCatalogs([made]),
          catalogId: 'c2',
          forgotten: new Set([gone]),
          isKnown: (id) => id !== gone,
        }),
        NO_CHANGE,
      );
      expect(next.partitions['2024-06']?.[0]?.from).toEqual(['d1', 'd2']);
    }
  });

  it('lists a vault once although it is added again', () => {
    const change = { ...NO_CHANGE, added: { '2024-06': [product('v1', ['urn:b'], ['d1'])] } };
    expect(ids(nextCatalog(context({ join, catalogId: 'c2' }), change))).toEqual(['v1', 'v2']);
  });
});
