import fc from 'fast-check';
import { mergeContents, type Stamp, type VaultContent } from '@chat-vault/core';
import { describe, expect, it } from 'vitest';
import { compareKeys, contentOf, groupByKey, mergeGroups } from './key-groups.js';

const stamp = fc
  .nat({ max: 5 })
  .map((ms) => `${ms.toString(16).padStart(12, '0')}-0000-0000000000000001` as Stamp);
const key = fc.record({
  conversationUrn: fc.constantFrom('urn:a', 'urn:b'),
  sentTimestamp: fc.constantFrom('2024-01-01T00:00:00.000Z', '2024-01-02T00:00:00.000Z'),
  id: fc.constantFrom('1', '2'),
});
const message = fc.tuple(key, stamp, fc.nat({ max: 2 })).map(([where, at, byte]) => ({
  ...where,
  stamp: at,
  senderId: 's',
  typeId: 't',
  payloadBytes: new Uint8Array([65 + byte]),
}));
const tombstone = fc.tuple(key, stamp).map(([{ id, ...where }, at]) => ({
  ...where,
  messageId: id,
  stamp: at,
  deletedAt: where.sentTimestamp,
}));
const reaction = fc
  .tuple(key, stamp, fc.constantFrom('x', 'y'), fc.constantFrom('👍', null))
  .map(([{ id, ...where }, at, senderId, emoji]) => ({
    ...where,
    messageId: id,
    stamp: at,
    senderId,
    emoji,
  }));
const content: fc.Arbitrary<VaultContent> = fc.record({
  messages: fc.array(message, { maxLength: 6 }),
  tombstones: fc.array(tombstone, { maxLength: 4 }),
  reactions: fc.array(reaction, { maxLength: 6 }),
  cleared: fc.constant([]),
});
const RUNS = { seed: 7, numRuns: 300 };

describe('groupByKey', () => {
  it('gives the winners in the order of keys, as merging does', () => {
    fc.assert(
      fc.property(content, (one) => {
        const groups = groupByKey(one);
        expect(mergeContents([contentOf(groups)])).toEqual(mergeContents([one]));
        for (const [index, group] of groups.entries()) {
          const before = groups[index - 1];
          if (before) expect(compareKeys(before, group)).toBeLessThan(0);
          expect(group.message && group.tombstone).toBeUndefined();
        }
      }),
      RUNS,
    );
  });
});

describe('mergeGroups', () => {
  it('is merging: of two contents, key by key', () => {
    fc.assert(
      fc.property(content, content, (a, b) => {
        const known = new Map(
          groupByKey(a).map((group) => [
            JSON.stringify([group.conversationUrn, group.sentTimestamp, group.id]),
            group,
          ]),
        );
        for (const group of groupByKey(b)) {
          const name = JSON.stringify([group.conversationUrn, group.sentTimestamp, group.id]);
          const other = known.get(name);
          known.set(name, other ? mergeGroups(other, group) : group);
          if (other) expect(mergeGroups(group, other)).toEqual(mergeGroups(other, group));
        }
        expect(mergeContents([contentOf([...known.values()])])).toEqual(mergeContents([a, b]));
      }),
      RUNS,
    );
  });
});
