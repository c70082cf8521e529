import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatStamp } from '../clock/stamp.js';
import { EMPTY_CONTENT, mergeContents } from '../merge/merge-contents.js';
import { messageKey } from '../model/message-key.js';
import { jsonBytes } from '../model/record-json.js';
import { type Reaction, type StampedMessage, type VaultContent } from '../model/records.js';
import { arbitraryContent } from '../testing/arbitraries.js';
import { codeThrownBy } from '../testing/thrown-by.js';
import { cutSegments } from './cut-segments.js';
import { recordKeys } from './record-key.js';

const STAMP = formatStamp(1, 0, '00000000000000aa');
const AT = '2024-01-31T10:15:30.123Z';

const message = (id: string): StampedMessage => ({
  id,
  conversationUrn: 'urn:a',
  senderId: 's',
  typeId: 't',
  sentTimestamp: AT,
  payloadBytes: new Uint8Array(10),
  stamp: STAMP,
});
const reaction = (messageId: string, senderId: string): Reaction => ({
  conversationUrn: 'urn:a',
  sentTimestamp: AT,
  messageId,
  senderId,
  emoji: '👍',
  stamp: STAMP,
});
const ids = (count: number) =>
  Array.from({ length: count }, (_, index) => `m${String(index).padStart(5, '0')}`);
const cut = (pieces: readonly VaultContent[], bytes: number) => [...cutSegments(pieces, bytes)];
const keysOf = (content: VaultContent) =>
  [...recordKeys(content)].map(([conversationUrn, sentTimestamp, id]) =>
    messageKey({ conversationUrn, sentTimestamp, id }),
  );
const sorted = (keys: readonly string[]) => [...keys].sort();

describe('cutSegments', () => {
  it('keeps all records, in order, and never parts the records of one key', () => {
    fc.assert(
      fc.property(arbitraryContent, fc.integer({ min: 1, max: 3000 }), (content, bytes) => {
        const merged = mergeContents([{ ...content, cleared: [] }]);
        const segments = cut([merged], bytes);
        const { cleared: _none, extra: _extra, ...records } = merged;
        const united = {
          messages: segments.flatMap((segment) => segment.messages),
          tombstones: segments.flatMap((segment) => segment.tombstones),
          reactions: segments.flatMap((segment) => segment.reactions),
        };
        expect(united).toEqual(records);
        let last = '';
        for (const segment of segments) {
          const keys = sorted(keysOf(segment));
          expect(keys.length).toBeGreaterThan(0);
          expect((keys[0] ?? '') > last).toBe(true);
          last = keys.at(-1) ?? '';
        }
      }),
      { seed: 61, numRuns: 300 },
    );
  });

  it('gives the same segments however the input is cut into pieces', () => {
    const all = ids(200);
    const whole: VaultContent = {
      ...EMPTY_CONTENT,
      messages: all.map(message),
      reactions: all.flatMap((id) => [reaction(id, 'a'), reaction(id, 'b')]),
    };
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 1, max: 9000 }),
        (at, bytes) => {
          const first = { ...whole, messages: whole.messages.slice(0, at) };
          const start = { ...first, reactions: whole.reactions.slice(0, Math.max(0, 2 * at - 1)) };
          const rest = {
            ...whole,
            messages: whole.messages.slice(at),
            reactions: whole.reactions.slice(Math.max(0, 2 * at - 1)),
          };
          expect(cut([start, EMPTY_CONTENT, rest], bytes)).toEqual(cut([whole], bytes));
        },
      ),
      { seed: 62 },
    );
  });

  it('makes segments of about the size that was asked for', () => {
    const pieces = [{ ...EMPTY_CONTENT, messages: ids(2000).map(message) }];
    const one = jsonBytes(message('m00000'));
    for (const segment of cut(pieces, 10_000).slice(0, -1)) {
      const bytes = segment.messages.reduce((sum, record) => sum + jsonBytes(record), 0);
      expect(bytes).toBeGreaterThanOrEqual(10_000);
      expect(bytes).toBeLessThan(10_000 + one);
    }
  });

  it('cuts by number of records too, so that every segment can be read', () => {
    const pieces = [{ ...EMPTY_CONTENT, messages: ids(70_000).map(message) }];
    expect(cut(pieces, Infinity).map((segment) => segment.messages.length)).toEqual([
      32_768, 32_768, 4464,
    ]);
  });

  it('sends unknown fields with the segment that follows them, and leaves clearings out', () => {
    const clearing = { conversationUrn: 'urn:a', upTo: AT, deletedAt: AT, stamp: STAMP };
    const pieces = [
      { ...EMPTY_CONTENT, cleared: [clearing], extra: { pins: [1] } },
      { ...EMPTY_CONTENT, messages: ids(3).map(message) },
    ];
    expect(cut(pieces, 1)).toEqual(
      ids(3).map((id, index) => ({
        ...EMPTY_CONTENT,
        messages: [message(id)],
        ...(index === 0 ? { extra: { pins: [1] } } : {}),
      })),
    );
  });

  it('gives nothing for nothing', () => {
    expect(cut([], 1000)).toEqual([]);
    expect(cut([EMPTY_CONTENT], 1000)).toEqual([]);
  });

  it('refuses pieces out of order', async () => {
    const piece = (id: string) => ({ ...EMPTY_CONTENT, messages: [message(id)] });
    expect(await codeThrownBy(() => cut([piece('b'), piece('a')], 10_000))).toBe('malformed');
  });
});
