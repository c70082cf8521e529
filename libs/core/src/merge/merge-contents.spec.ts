import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatStamp } from '../clock/stamp.js';
import { canonicalJson } from '../json/canonical-json.js';
import { recordToJson } from '../model/record-json.js';
import { messageKey } from '../model/message-key.js';
import { type StampedMessage, type VaultContent } from '../model/records.js';
import {
  arbitraryClearing,
  arbitraryContent,
  arbitraryMessage,
  arbitraryTombstone,
} from '../testing/arbitraries.js';
import { coverTest, isCovered, mergeClearings } from './clearings.js';
import { compareVersions, isTombstone, type MessageVersion } from './compare-versions.js';
import { EMPTY_CONTENT, mergeContents } from './merge-contents.js';

const runs = { seed: 20_241_101, numRuns: 250 };

/** Equal records in equal order, whatever objects hold them. */
function text(content: VaultContent): string {
  const { messages, tombstones, reactions, cleared, extra } = content;
  const lists = { messages, tombstones, reactions, cleared };
  const json = Object.entries(lists).map(([name, records]) => [name, records.map(recordToJson)]);
  return canonicalJson({ ...Object.fromEntries(json), extra: extra ?? null });
}

const merge = (...contents: readonly VaultContent[]) => mergeContents(contents);

describe('mergeContents', () => {
  it('is commutative', () => {
    fc.assert(
      fc.property(arbitraryContent, arbitraryContent, (a, b) => {
        expect(text(merge(a, b))).toBe(text(merge(b, a)));
      }),
      runs,
    );
  });

  it('is associative, also when clearings cover tombstones and versions', () => {
    fc.assert(
      fc.property(arbitraryContent, arbitraryContent, arbitraryContent, (a, b, c) => {
        const all = text(merge(a, b, c));
        expect(text(merge(merge(a, b), c))).toBe(all);
        expect(text(merge(a, merge(b, c)))).toBe(all);
        expect(text(merge(merge(c, a), b))).toBe(all);
      }),
      runs,
    );
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(arbitraryContent, arbitraryContent, (a, b) => {
        const merged = merge(a, b);
        expect(text(merge(merged))).toBe(text(merged));
        expect(text(merge(merged, merged, a))).toBe(text(merged));
      }),
      runs,
    );
  });

  it('has the empty content as its neutral element', () => {
    fc.assert(
      fc.property(arbitraryContent, (a) => {
        expect(text(merge(a, EMPTY_CONTENT))).toBe(text(merge(a)));
      }),
      runs,
    );
  });

  it('gives each key once, sorted by conversation, instant, id and sender', () => {
    fc.assert(
      fc.property(arbitraryContent, (content) => {
        const { messages, tombstones, reactions } = merge(content);
        const versions = [
          ...messages.map(messageKey),
          ...tombstones.map((one) => messageKey({ ...one, id: one.messageId })),
        ];
        expect(new Set(versions).size).toBe(versions.length);
        for (const keys of [
          messages.map((one) => [one.conversationUrn, one.sentTimestamp, one.id]),
          tombstones.map((one) => [one.conversationUrn, one.sentTimestamp, one.messageId]),
          reactions.map((one) => [
            one.conversationUrn,
            one.sentTimestamp,
            one.messageId,
            one.senderId,
          ]),
        ]) {
          const joined = keys.map((key) => key.join('\u0000'));
          expect(joined).toEqual([...joined].sort());
          expect(new Set(joined).size).toBe(joined.length);
        }
      }),
      runs,
    );
  });

  it('keeps of each key exactly the greatest version that no clearing covers', () => {
    fc.assert(
      fc.property(fc.array(arbitraryContent, { maxLength: 3 }), (contents) => {
        const cleared = contents.flatMap((content) => content.cleared);
        const greatest = new Map<string, MessageVersion>();
        for (const content of contents)
          for (const version of [...content.messages, ...content.tombstones]) {
            const key = keyOf(version);
            const known = greatest.get(key);
            if (known === undefined || compareVersions(version, known) > 0)
              greatest.set(key, version);
          }
        const expected = [...greatest.values()].filter((version) => !isCovered(version, cleared));
        const merged = mergeContents(contents);
        expect([...merged.messages, ...merged.tombstones].map(textOfVersion).sort()).toEqual(
          expected.map(textOfVersion).sort(),
        );
      }),
      runs,
    );
  });

  it('keeps reactions of messages that are gone, so that they return with a later save', () => {
    const stamp = formatStamp(5, 0, '00000000000000aa');
    const sentTimestamp = '2024-01-01T00:00:00.000Z';
    const place = { conversationUrn: 'urn:a', sentTimestamp, messageId: 'm' };
    const reaction = { ...place, senderId: 's', emoji: '👍', stamp };
    const tombstone = { ...place, deletedAt: sentTimestamp, stamp };
    const merged = merge({ ...EMPTY_CONTENT, reactions: [reaction], tombstones: [tombstone] });
    expect(merged.reactions).toEqual([reaction]);
    expect(merged.tombstones).toEqual([tombstone]);
  });

  it('lets the tombstone win on equal stamps, and the later save over the tombstone', () => {
    const at = '2024-01-01T00:00:00.000Z';
    const message = {
      conversationUrn: 'urn:a',
      sentTimestamp: at,
      id: 'm',
      senderId: 's',
      typeId: 't',
      payloadBytes: new Uint8Array([1]),
      stamp: formatStamp(5, 0, '00000000000000aa'),
    };
    const tombstone = {
      conversationUrn: 'urn:a',
      sentTimestamp: at,
      messageId: 'm',
      deletedAt: at,
      stamp: message.stamp,
    };
    const later: StampedMessage = { ...message, stamp: formatStamp(6, 0, '00000000000000aa') };
    const both = { ...EMPTY_CONTENT, messages: [message], tombstones: [tombstone] };
    expect(merge(both)).toMatchObject({ messages: [], tombstones: [tombstone] });
    expect(merge(both, { ...EMPTY_CONTENT, messages: [later] })).toMatchObject({
      messages: [later],
      tombstones: [],
    });
  });

  it('unites unknown top-level lists as sets, and lets a list win over another value', () => {
    const content = (extra: Record<string, unknown>) => ({ ...EMPTY_CONTENT, extra });
    const merged = merge(
      content({ pins: [{ id: 2 }, 1], mode: 'a' }),
      content({ pins: [1, { id: 1 }], mode: 'b' }),
      content({ pins: 7 }),
    );
    expect(merged.extra).toEqual({ mode: 'b', pins: [1, { id: 1 }, { id: 2 }] });
  });

  it('does not change its input', () => {
    fc.assert(
      fc.property(arbitraryContent, arbitraryContent, (a, b) => {
        const before = text(a) + text(b);
        merge(a, b);
        expect(text(a) + text(b)).toBe(before);
      }),
      runs,
    );
  });
});

describe('compareVersions', () => {
  const version = fc.oneof(arbitraryMessage, arbitraryTombstone);

  it('is a total order: 0 only for equal JSON, antisymmetric, transitive', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        const isEqual = textOfVersion(a) === textOfVersion(b) && isTombstone(a) === isTombstone(b);
        expect(compareVersions(a, b) === 0).toBe(isEqual);
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
      runs,
    );
  });
});

describe('compareVersions of one stamp', () => {
  const plain: StampedMessage = {
    id: 'm',
    conversationUrn: 'urn:a',
    sentTimestamp: '2024-01-01T00:00:00.000Z',
    senderId: 's',
    typeId: 't',
    payloadBytes: new Uint8Array([1, 2]),
    stamp: formatStamp(5, 0, '00000000000000aa'),
  };

  it.each<Partial<StampedMessage>>([
    { senderId: 'other' },
    { typeId: 'other' },
    { payloadBytes: new Uint8Array([1, 3]) },
    { payloadBytes: new Uint8Array([1, 2, 3]) },
    { tags: [] },
    { expiresAt: '2024-01-01T00:00:00.000Z' },
    { extra: { later: 1 } },
  ])('sees the difference %j from either side', (change) => {
    const other = { ...plain, ...change };
    expect(compareVersions(plain, other)).not.toBe(0);
    expect(compareVersions(plain, other)).toBe(-compareVersions(other, plain));
  });

  it('takes copies for equal', () => {
    const full = { ...plain, tags: ['x'], extra: { later: [1] } };
    for (const version of [plain, full])
      expect(compareVersions(version, structuredClone(version))).toBe(0);
  });
});

describe('mergeClearings', () => {
  it('covers exactly what all clearings together cover', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryClearing, { maxLength: 8 }),
        fc.array(arbitraryMessage, { minLength: 1, maxLength: 8 }),
        (cleared, messages) => {
          const merged = mergeClearings(cleared);
          const isGone = coverTest(merged);
          for (const message of messages) {
            expect(isGone(message)).toBe(isCovered(message, cleared));
            expect(isCovered(message, merged)).toBe(isCovered(message, cleared));
          }
        },
      ),
      runs,
    );
  });

  it('drops a clearing only when another covers it in both fields', () => {
    const at = (upTo: string, ms: number) => ({
      conversationUrn: 'urn:a',
      upTo: `2024-01-0${upTo}T00:00:00.000Z`,
      deletedAt: '2024-01-01T00:00:00.000Z',
      stamp: formatStamp(ms, 0, '00000000000000aa'),
    });
    const [wide, late, both] = [at('3', 1), at('1', 3), at('2', 2)];
    expect(mergeClearings([wide, late, both])).toEqual([late, both, wide]);
    expect(mergeClearings([at('3', 3), late, both, wide])).toEqual([at('3', 3)]);
  });
});

const keyOf = (version: MessageVersion) =>
  messageKey(isTombstone(version) ? { ...version, id: version.messageId } : version);

const textOfVersion = (version: MessageVersion) => canonicalJson(recordToJson(version));
