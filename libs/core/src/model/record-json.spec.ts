import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../json/canonical-json.js';
import {
  arbitraryClearing,
  arbitraryMessage,
  arbitraryReaction,
  arbitraryTombstone,
} from '../testing/arbitraries.js';
import {
  parseClearing,
  parseReaction,
  parseStampedMessage,
  parseTombstone,
} from './parse-records.js';
import { jsonBytes, recordToJson, type VaultRecord } from './record-json.js';

const runs = { seed: 21, numRuns: 400 };
const utf8Length = (text: string) => new TextEncoder().encode(text).length;

describe('recordToJson', () => {
  it.each([
    ['messages', arbitraryMessage as fc.Arbitrary<VaultRecord>, parseStampedMessage],
    ['tombstones', arbitraryTombstone, parseTombstone],
    ['reactions', arbitraryReaction, parseReaction],
    ['clearings', arbitraryClearing, parseClearing],
  ])('gives %s that their parser reads back', (_name, arbitrary, parse) => {
    fc.assert(
      fc.property(arbitrary, (record) => {
        const text = canonicalJson(recordToJson(record));
        const parsed = parse(JSON.parse(text));
        expect(parsed).toEqual(record);
        expect(canonicalJson(recordToJson(parsed))).toBe(text);
      }),
      runs,
    );
  });

  it('writes fields in canonical order, so that the platform can write the text', () => {
    fc.assert(
      fc.property(fc.oneof(arbitraryMessage, arbitraryReaction, arbitraryTombstone), (record) => {
        const { extra: _unknown, ...known } = record;
        const json = recordToJson(known as VaultRecord);
        expect(JSON.stringify(json)).toBe(canonicalJson(json));
      }),
      runs,
    );
  });

  it('writes a payload as text when it is UTF-8, else as base64', () => {
    const message = fc.sample(arbitraryMessage, { seed: 1, numRuns: 1 })[0];
    const json = (payloadBytes: Uint8Array) => recordToJson({ ...message, payloadBytes } as never);
    expect(json(new TextEncoder().encode('\ufeffhü'))).toMatchObject({ payloadText: '\ufeffhü' });
    expect(json(Uint8Array.of(0xff))).toMatchObject({ payloadBytes: '/w==' });
    expect(json(Uint8Array.of(0xed, 0xa0, 0x80))).toMatchObject({ payloadBytes: '7aCA' });
    expect(json(Uint8Array.of(0xff))).not.toHaveProperty('payloadText');
  });

  it('never lets an unknown field shadow a known one, even one that is absent', () => {
    const base = fc.sample(arbitraryMessage, { seed: 2, numRuns: 1 })[0];
    const {
      tags: _tags,
      expiresAt: _expiresAt,
      ...message
    } = base as never as VaultRecord & {
      tags?: unknown;
      expiresAt?: unknown;
    };
    const extra = {
      tags: ['forged'],
      expiresAt: 'forged',
      payloadText: 'forged',
      payloadBytes: 'Zm9yZ2Vk',
      id: 'forged',
      stamp: 'forged',
      later: 1,
    };
    const binary = { ...message, payloadBytes: Uint8Array.of(0xff), extra } as VaultRecord;
    const json = recordToJson(binary);
    expect(canonicalJson(json)).not.toContain('forged');
    expect(json).toMatchObject({ later: 1, payloadBytes: '/w==' });
    expect(parseStampedMessage(json)).toEqual({ ...binary, extra: { later: 1 } });
  });
});

describe('jsonBytes', () => {
  const hostileText = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });
  const record: fc.Arbitrary<VaultRecord> = fc.oneof(
    arbitraryMessage,
    arbitraryTombstone,
    arbitraryReaction,
    arbitraryClearing,
    fc
      .tuple(
        arbitraryMessage,
        fc.oneof(
          hostileText.map((text) => new TextEncoder().encode(text)),
          fc.uint8Array(),
        ),
        hostileText,
      )
      .map(([message, payloadBytes, id]) => ({ ...message, payloadBytes, id })),
  );

  it('is never less than the JSON of the record and its comma, and not much more', () => {
    fc.assert(
      fc.property(record, (one) => {
        const actual = utf8Length(canonicalJson(recordToJson(one))) + 1;
        expect(jsonBytes(one)).toBeGreaterThanOrEqual(actual);
        expect(jsonBytes(one)).toBeLessThanOrEqual(3 * actual);
      }),
      { seed: 22, numRuns: 1500 },
    );
  });

  it('is close for an ordinary message', () => {
    const message = {
      id: '018d5f3a-0000-7000-8000-000000000001',
      conversationUrn: 'urn:conversation:42',
      senderId: 'urn:user:7',
      typeId: 'text/plain',
      sentTimestamp: '2024-01-31T10:15:30.123Z',
      payloadBytes: new TextEncoder().encode('See you at eight, at the usual place? '.repeat(3)),
      stamp: '018d5f3a0000-0000-00000000000000aa' as never,
    };
    const actual = utf8Length(canonicalJson(recordToJson(message)));
    expect(jsonBytes(message) / actual).toBeLessThan(1.01);
  });
});
