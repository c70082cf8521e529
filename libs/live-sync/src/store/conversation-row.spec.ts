import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConversationChange,
  isMember,
  type LiveConversationRow,
  mergeConversation,
} from './conversation-row.js';

const conversationUrn = 'urn:chat:1';
const stampOf = (ms: number) => `${ms.toString(16).padStart(12, '0')}-0000-00000000000000aa`;
const merge = (changes: readonly ConversationChange[]) =>
  changes.reduce<LiveConversationRow | undefined>(
    (row, change) => mergeConversation(row, change, 'anna'),
    undefined,
  );
const member = (
  userId: string,
  role: 'owner' | 'member' | null,
  ms: number,
): ConversationChange => ({
  kind: 'member',
  member: { conversationUrn, userId, role, stamp: stampOf(ms) },
});
const named = (title: string, ms: number): ConversationChange => ({
  kind: 'conversation',
  conversation: { conversationUrn, title, createdBy: 'anna', stamp: stampOf(ms) },
});
const read = (upTo: string): ConversationChange => ({
  kind: 'read',
  read: { conversationUrn, upTo },
});

describe('mergeConversation', () => {
  it('gives the same in whatever order changes come, and however often', () => {
    const roles = fc.constantFrom('owner' as const, 'member' as const, null);
    const ms = fc.integer({ min: 0, max: 1_000_000 });
    const change = fc.oneof(
      fc.tuple(fc.constantFrom('ben', 'cleo', '__proto__'), roles, ms).map((one) => member(...one)),
      fc.tuple(fc.string(), ms).map((one) => named(...one)),
      ms.map((at) => read(new Date(at).toISOString())),
    );
    const sorted = (row: LiveConversationRow | undefined) =>
      row && { ...row, members: [...row.members].sort(([a], [b]) => (a < b ? -1 : 1)) };
    // Two different changes of one thing never have the same stamp.
    const changes = fc.uniqueArray(change, {
      selector: (one) => (one.kind === 'read' ? one.read.upTo : stampIn(one)),
    });
    const orders = changes.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray([...list, ...list], { minLength: 2 * list.length }),
      ),
    );
    fc.assert(
      fc.property(orders, ([list, shuffled]) => {
        expect(sorted(merge(shuffled))).toEqual(sorted(merge(list)));
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('lets the removal win on equal stamps', () => {
    for (const changes of [
      [member('ben', 'owner', 1), member('ben', null, 1)],
      [member('ben', null, 1), member('ben', 'owner', 1)],
    ]) {
      expect(merge(changes)?.members.get('ben')?.role).toBeNull();
    }
  });

  it('keeps of a conversation that the person left only that, and how far it was read', () => {
    const upTo = '2026-06-01T12:00:00.000Z';
    const all = [named('A', 1), member('anna', 'member', 1), member('ben', 'owner', 1), read(upTo)];
    const left = merge([...all, member('anna', null, 2)]);
    expect(left?.about).toBeUndefined();
    expect([...(left?.members.keys() ?? [])]).toEqual(['anna']);
    expect(left?.readUpTo).toBe(upTo);
    const stale = merge([...all, member('anna', null, 2), ...all]);
    expect(stale && isMember(stale, 'anna')).toBe(false);
    const back = merge([...all, member('anna', null, 2), member('anna', 'owner', 3), ...all]);
    expect(back && isMember(back, 'anna')).toBe(true);
    expect(back?.about?.title).toBe('A');
  });
});

const stampIn = (change: ConversationChange): string =>
  change.kind === 'conversation'
    ? change.conversation.stamp
    : change.kind === 'member'
      ? change.member.stamp
      : '';
