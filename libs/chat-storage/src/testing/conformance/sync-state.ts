import { expect } from 'vitest';
import { TOP_POSITION } from '../../port/coverage.js';
import { INITIAL_SYNC_STATE } from '../../port/sync-state.js';
import { pendingIds, type StorageTest } from '../conformance-target.js';
import { at, content, message, stamped } from '../sample-records.js';

const sealed = {
  vaultId: 'v1',
  path: 'deltas/x.json.gz',
  bytes: Uint8Array.of(1, 2, 3),
  through: 4,
  records: 2,
};

const COVERED = { line: { sentTimestamp: at(0), id: 'm0' }, vaults: ['v1'] };

/** What an engine keeps here. */
export function syncStateTests(test: StorageTest): void {
  test('begins empty, and a provider is known once something is kept for it', async ({
    storage,
  }) => {
    expect(await storage.syncState('a')).toEqual(INITIAL_SYNC_STATE);
    expect(await storage.providers()).toEqual([]);
    await storage.updateSyncState('b', {});
    await storage.apply(
      { messages: [], tombstones: [], reactions: [], cleared: [] },
      { provider: 'a' },
    );
    expect(await storage.providers()).toEqual(['a', 'b']);
  });

  test('replaces the named parts, and documents by name', async ({ storage }) => {
    await storage.updateSyncState('a', { sealed, applied: ['x'], documents: { one: 1, two: [2] } });
    await storage.updateSyncState('a', {
      documents: { one: undefined, three: { deep: true }, four: null },
    });
    await storage.updateSyncState('b', { documents: { one: 'other' } });
    expect(await storage.syncState('a')).toEqual({
      confirmed: 0,
      sealed,
      applied: ['x'],
      documents: { two: [2], three: { deep: true }, four: null },
    });
    await storage.updateSyncState('a', { sealed: null, confirmed: 7 });
    expect(await storage.syncState('a')).toMatchObject({ sealed: null, confirmed: 7 });
  });

  test('reads cached files one by one, and not with the state', async ({ storage }) => {
    await storage.updateSyncState('a', { documents: { 'file:v1': Uint8Array.of(1), plan: 1 } });
    await storage.confirm('a', 0, [], { 'file:v2': 'two' });
    expect((await storage.syncState('a')).documents).toEqual({ plan: 1 });
    expect(await storage.document('a', 'file:v1')).toEqual(Uint8Array.of(1));
    expect(await storage.document('a', 'file:v2')).toBe('two');
    expect(await storage.document('a', 'plan')).toBe(1);
    await storage.updateSyncState('a', { documents: { 'file:v1': undefined } });
    expect(await storage.document('a', 'file:v1')).toBeUndefined();
    expect(await storage.document('b', 'file:v2')).toBeUndefined();
  });

  test('clears what was sealed when it is confirmed, with documents of the same moment', async ({
    storage,
  }) => {
    await storage.updateSyncState('a', { sealed, documents: { plan: 1 } });
    await storage.confirm('a', 4, ['v1'], { plan: undefined, recent: { v1: 3 } });
    expect(await storage.syncState('a')).toEqual({
      confirmed: 4,
      sealed: null,
      applied: ['v1'],
      documents: { recent: { v1: 3 } },
    });
  });

  test('keeps coverage by month and conversation', async ({ storage }) => {
    const line = { sentTimestamp: at(0), id: 'm0' };
    const entries = [
      { partition: '2024-01', conversationUrn: '*', line, vaults: ['v1'] },
      { partition: '2024-01', conversationUrn: 'urn:chat:1', line, vaults: ['v1', 'v2'] },
      { partition: '2024-02', conversationUrn: '*', line, vaults: [] },
      { partition: '2024-03', conversationUrn: '*', line, vaults: ['v3'], inherited: ['v3'] },
    ];
    const changes = entries.map(({ partition, conversationUrn, ...coverage }) => ({
      partition,
      conversationUrn,
      coverage,
    }));
    const empty = { messages: [], tombstones: [], reactions: [], cleared: [] };
    await storage.apply(empty, { provider: 'a', coverage: changes });
    expect(await storage.coverageEntries('a')).toEqual(entries);
    expect(await storage.coverageEntries('a', '2024-01')).toEqual(entries.slice(0, 2));
    expect(await storage.coverage('a', '2024-01', 'urn:chat:1')).toEqual({
      line,
      vaults: ['v1', 'v2'],
    });
    expect(await storage.coverage('b', '2024-01')).toEqual({ line: TOP_POSITION, vaults: [] });
    const forget = [{ partition: '2024-01', conversationUrn: '*', coverage: null }];
    await storage.apply(empty, { provider: 'a', coverage: forget });
    expect(await storage.coverageEntries('a')).toEqual(entries.slice(1));
    await storage.forgetProvider('a');
    expect(await storage.coverageEntries('a')).toEqual([]);
    expect(await storage.syncState('a')).toEqual(INITIAL_SYNC_STATE);
  });

  test('forgets a provider but for documents that are to be kept', async ({ storage }) => {
    await storage.save(message(1));
    await storage.apply(content({ messages: [stamped(2, 1)] }), {
      provider: 'a',
      coverage: [{ partition: '2024-01', conversationUrn: '*', coverage: COVERED }],
    });
    const { through } = await storage.pendingSummary('a');
    await storage.confirm('a', through, ['x'], { plan: 1, mine: { deep: true } });
    await storage.updateSyncState('a', { sealed, documents: { 'file:v1': 1, 'file:mine': 2 } });
    await storage.updateSyncState('b', { documents: { plan: 3 } });

    await storage.forgetProvider('a', { keep: ['mine', 'file:mine', 'never'] });
    expect(await storage.syncState('a')).toEqual({
      ...INITIAL_SYNC_STATE,
      documents: { mine: { deep: true } },
    });
    expect(await storage.document('a', 'file:mine')).toBe(2);
    expect(await storage.document('a', 'file:v1')).toBeUndefined();
    expect(await storage.coverageEntries('a')).toEqual([]);
    expect(await storage.providers()).toEqual(['a', 'b']);
    expect(await pendingIds(storage, 'a')).toEqual(['m1', 'm2']);
    expect((await storage.syncState('b')).documents).toEqual({ plan: 3 });
  });

  test('forgets a provider wholly when it has none of the documents to be kept', async ({
    storage,
  }) => {
    await storage.updateSyncState('a', { documents: { plan: 1 } });
    await storage.forgetProvider('a', { keep: ['mine'] });
    expect(await storage.syncState('a')).toEqual(INITIAL_SYNC_STATE);
    expect(await storage.providers()).toEqual([]);
  });

  test('rejects every call after it was closed', async ({ storage }) => {
    await storage.close();
    const closed = { code: 'storage-closed' };
    await expect(storage.recordCount()).rejects.toMatchObject(closed);
    await expect(storage.updateSyncState('a', {})).rejects.toMatchObject(closed);
  });
}
