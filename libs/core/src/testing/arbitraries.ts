import fc from 'fast-check';
import { formatStamp, type Stamp } from '../clock/stamp.js';
import {
  type ChatVault,
  type ClearedConversation,
  type MessageTombstone,
  type Reaction,
  type StampedMessage,
  type VaultContent,
} from '../model/records.js';

/** Few values of each kind, so that keys, stamps and instants often meet. */
const URNS = ['urn:a', 'urn:b', 'ürn:ç😀'];
const SENDERS = ['s1', 's2'];
const DEVICES = ['00000000000000aa', '00000000000000bb'];

const urn = fc.constantFrom(...URNS);
const senderId = fc.constantFrom(...SENDERS);
const messageId = fc.constantFrom('m1', 'm2', 'm:3"\\');
const instant = fc
  .tuple(fc.constantFrom('2024-01-31', '2024-02-29', '2023-12-01'), fc.integer({ min: 0, max: 3 }))
  .map(([day, hour]) => `${day}T0${hour}:00:00.000Z`);

/** Stamps, of which many are equal. */
export const arbitraryStamp: fc.Arbitrary<Stamp> = fc
  .tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 0, max: 1 }),
    fc.constantFrom(...DEVICES),
  )
  .map(([ms, counter, device]) => formatStamp(1_700_000_000_000 + ms, counter, device));

/** A field that no version of the format knows yet. */
const unknownName = fc.constantFrom('pinned', 'quoted', 'zz', '10', '9', 'constructor');
const jsonValue = fc.jsonValue({ maxDepth: 2, noUnicodeString: false }).map(withoutSurprises);
const extra = fc.option(fc.dictionary(unknownName, jsonValue, { minKeys: 1, maxKeys: 2 }), {
  nil: undefined,
  freq: 4,
});

const payload = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => new TextEncoder().encode(text)),
  fc.uint8Array({ maxLength: 20 }),
);

/** A message version. */
export const arbitraryMessage: fc.Arbitrary<StampedMessage> = fc
  .record({
    id: messageId,
    conversationUrn: urn,
    senderId,
    typeId: fc.constantFrom('text/plain', 'image/png'),
    sentTimestamp: instant,
    payloadBytes: payload,
    stamp: arbitraryStamp,
    tags: fc.option(fc.array(fc.constantFrom('', 'x', 'y'), { maxLength: 2 }), { nil: undefined }),
    expiresAt: fc.option(instant, { nil: undefined }),
    extra,
  })
  .map(withoutUndefined);

/** A tombstone. */
export const arbitraryTombstone: fc.Arbitrary<MessageTombstone> = fc
  .record({
    conversationUrn: urn,
    sentTimestamp: instant,
    messageId,
    deletedAt: instant,
    stamp: arbitraryStamp,
    extra,
  })
  .map(withoutUndefined);

/** A reaction. */
export const arbitraryReaction: fc.Arbitrary<Reaction> = fc
  .record({
    conversationUrn: urn,
    sentTimestamp: instant,
    messageId,
    senderId,
    emoji: fc.constantFrom('👍', '❤️', null),
    stamp: arbitraryStamp,
    extra,
  })
  .map(withoutUndefined);

/** A clearing. */
export const arbitraryClearing: fc.Arbitrary<ClearedConversation> = fc
  .record({
    conversationUrn: urn,
    upTo: instant,
    deletedAt: instant,
    stamp: arbitraryStamp,
    extra,
  })
  .map(withoutUndefined);

/** Content in any order, with several versions of one key. */
export const arbitraryContent: fc.Arbitrary<VaultContent> = fc
  .record({
    messages: fc.array(arbitraryMessage, { maxLength: 8 }),
    tombstones: fc.array(arbitraryTombstone, { maxLength: 4 }),
    reactions: fc.array(arbitraryReaction, { maxLength: 5 }),
    cleared: fc.array(arbitraryClearing, { maxLength: 3 }),
    extra: fc.option(
      fc.dictionary(
        fc.constantFrom('pins', 'drafts'),
        fc.oneof(fc.array(jsonValue, { maxLength: 3 }), jsonValue),
        { minKeys: 1 },
      ),
      { nil: undefined, freq: 3 },
    ),
  })
  .map(withoutUndefined);

/** Vault ids. */
export const VAULT_ID = '018d5f3a-0000-7000-8000-000000000001';

/** Where a delta comes from. */
export const arbitraryOrigin: fc.Arbitrary<Pick<ChatVault, 'writer' | 'account'>> = fc
  .record({
    writer: fc.option(
      fc.record({
        deviceId: fc.constantFrom(...DEVICES),
        previous: fc.constantFrom(VAULT_ID, null),
      }),
      { nil: undefined },
    ),
    account: fc.option(fc.constant('0123456789abcdef'), { nil: undefined }),
  })
  .map(withoutUndefined);

function withoutUndefined<Value extends object>(value: Value): Value {
  return Object.fromEntries(
    Object.entries(value).filter(([, item]) => item !== undefined),
  ) as Value;
}

/** JSON has no -0, and the format drops `__proto__`. */
function withoutSurprises(value: unknown): unknown {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(withoutSurprises);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '__proto__')
      .map(([key, item]) => [key, withoutSurprises(item)]),
  );
}
