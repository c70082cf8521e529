import {
  type ChatMessage,
  mergeContents,
  type StampedMessage,
  type VaultContent,
} from '@chat-vault/core';
import { compareVersions } from '@chat-vault/core/records';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ChatStorage } from '../../port/chat-storage.js';
import { contentOf, type CreateStorage } from '../conformance-target.js';
import {
  at,
  clearing,
  content,
  message,
  NOON,
  reaction,
  stampAt,
  stamped,
  tombstone,
  utf8,
} from '../sample-records.js';

const SEED = 20_240_115;
/** Many runs, each with a database of its own. */
const LONG = { timeout: 60_000 };
const urns = ['urn:chat:1', 'urn:chat:2', 'urn:chat:10'];

const place = fc.record({
  conversationUrn: fc.constantFrom(...urns),
  sent: fc.integer({ min: 0, max: 40 }),
  twin: fc.constantFrom('a', 'b'),
});
const keyOf = ({ conversationUrn, sent }: { conversationUrn: string; sent: number }) => ({
  conversationUrn,
  sentTimestamp: at(sent * 1_000),
});
const idOf = ({ sent, twin }: { sent: number; twin: string }) => `${twin}${sent}`;
const stamp = fc
  .tuple(fc.integer({ min: 0, max: 30 }), fc.constantFrom(0xa1, 0xb2))
  .map(([ms, device]) => stampAt(ms * 1_000, device));

const versions = fc
  .record({ place, stamp, text: fc.constantFrom('x', 'y') })
  .map((one): StampedMessage => ({
    ...keyOf(one.place),
    id: idOf(one.place),
    senderId: 'ada',
    typeId: 'text/plain',
    payloadBytes: utf8(one.text),
    stamp: one.stamp,
  }));
const tombstones = fc.record({ place, stamp }).map((one) => ({
  ...keyOf(one.place),
  messageId: idOf(one.place),
  deletedAt: at(0),
  stamp: one.stamp,
}));
const reactions = fc
  .record({
    place,
    stamp,
    senderId: fc.constantFrom('ada', 'ben'),
    emoji: fc.constantFrom('👍', null),
  })
  .map(({ place: target, ...rest }) => ({ ...keyOf(target), messageId: idOf(target), ...rest }));
const clearings = fc
  .record({
    conversationUrn: fc.constantFrom(...urns),
    upTo: fc.integer({ min: 0, max: 40 }),
    stamp,
  })
  .map((one) => ({ ...one, upTo: at(one.upTo * 1_000), deletedAt: at(0) }));

const contents: fc.Arbitrary<VaultContent> = fc.record({
  messages: fc.array(versions, { maxLength: 60, size: 'max' }),
  tombstones: fc.array(tombstones, { maxLength: 8 }),
  reactions: fc.array(reactions, { maxLength: 8 }),
  cleared: fc.array(clearings, { maxLength: 2 }),
});

/** Runs of records that fill, overlap and split many pages. */
const longRuns: fc.Arbitrary<VaultContent> = fc
  .record({
    kind: fc.constantFrom('messages', 'tombstones', 'reactions', 'cleared'),
    start: fc.integer({ min: 0, max: 4_000 }),
    count: fc.integer({ min: 1, max: 1_500 }),
    step: fc.constantFrom(1, 2, 3, 7),
    stampMs: fc.integer({ min: 0, max: 5 }),
  })
  .map(({ kind, start, count, step, stampMs }) => {
    if (kind === 'cleared') return content({ cleared: [clearing(start, stampMs)] });
    const sent = Array.from({ length: count }, (_, index) => start + index * step);
    if (kind === 'messages') return content({ messages: sent.map((ms) => stamped(ms, stampMs)) });
    if (kind === 'reactions')
      return content({ reactions: sent.map((ms) => reaction(ms, stampMs)) });
    return content({ tombstones: sent.map((ms) => tombstone(ms, stampMs)) });
  });

/** What a person or a sync may do. */
const operations = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('save' as const),
      places: fc.array(place, { maxLength: 20 }),
      text: fc.constantFrom('x', 'y', 'z'),
    }),
  },
  fc.record({ kind: fc.constant('delete' as const), places: fc.array(place, { maxLength: 5 }) }),
  fc.record({ kind: fc.constant('react' as const), place, emoji: fc.constantFrom('👍', null) }),
  fc.record({
    kind: fc.constant('clear' as const),
    conversationUrn: fc.constantFrom(...urns),
    upTo: fc.integer({ min: 0, max: 40 }),
  }),
  { weight: 2, arbitrary: contents.map((merged) => ({ kind: 'apply' as const, merged })) },
);
type Operation = typeof operations extends fc.Arbitrary<infer Kind> ? Kind : never;

const messageAt = (
  target: { conversationUrn: string; sent: number; twin: string },
  text: string,
): ChatMessage =>
  message(target.sent * 1_000, { conversationUrn: target.conversationUrn, id: idOf(target), text });

async function run(storage: ChatStorage, operation: Operation): Promise<void> {
  switch (operation.kind) {
    case 'save':
      return storage.save(operation.places.map((target) => messageAt(target, operation.text)));
    case 'delete':
      return storage.delete(operation.places.map((target) => messageAt(target, '')));
    case 'react':
      return storage.react(messageAt(operation.place, ''), 'ben', operation.emoji);
    case 'clear':
      return storage.clearConversation(operation.conversationUrn, at(operation.upTo * 1_000));
    case 'apply':
      await storage.apply(operation.merged, { provider: 'cloud' });
  }
}

/**
 * What the store should hold, told by the merge rule alone: what it held, merged with the records that the operation made.
 * Those are read from the journal, whose stamps are the store's own.
 */
async function expectedAfter(before: VaultContent, storage: ChatStorage, operation: Operation) {
  if (operation.kind === 'apply') return mergeContents([before, operation.merged]);
  const { content: written, through } = await storage.pendingFor('witness', {
    records: 9_999,
    bytes: 1e9,
  });
  await storage.confirm('witness', through, []);
  return mergeContents([before, written]);
}

/** Laws, by property tests with a fixed seed. */
export function lawTests(create: CreateStorage): void {
  const open = () => create({ now: () => NOON, ownSenderIds: [] });

  it(
    'holds the merge of what was applied, in any order and any number of times',
    LONG,
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(contents, { maxLength: 4 }),
          fc.infiniteStream(fc.nat()),
          async (parts, random) => {
            const storage = await open();
            try {
              const order = [...parts, ...parts]
                .map((part) => ({ part, rank: random.next().value as number }))
                .sort((a, b) => a.rank - b.rank);
              for (const { part } of order) await storage.apply(part, { provider: 'cloud' });
              expect(await contentOf(storage)).toEqual(mergeContents(parts));
            } finally {
              await storage.destroy();
            }
          },
        ),
        { seed: SEED, numRuns: 40 },
      );
    },
  );

  it('holds the merge of long runs that overlap, in whatever order they come', LONG, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(longRuns, { minLength: 2, maxLength: 8 }), async (parts) => {
        const storage = await open();
        try {
          for (const part of parts) await storage.apply(part, { provider: 'cloud' });
          const expected = mergeContents(parts);
          expect(await contentOf(storage)).toEqual(expected);
          const [first, last] = [expected.messages[0], expected.messages.at(-1)];
          for (const one of [first, last]) if (one) expect(await storage.get(one)).toEqual(one);
          const [summary] = await storage.conversations();
          expect(summary?.lastMessage).toEqual(last);
          expect(summary?.messageCount ?? 0).toBe(expected.messages.length);
        } finally {
          await storage.destroy();
        }
      }),
      { seed: SEED, numRuns: 25 },
    );
  });

  it(
    'equals the merge of what it held and what was written, after each operation',
    LONG,
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(operations, { maxLength: 12 }), async (list) => {
          const storage = await open();
          try {
            await storage.updateSyncState('witness', {});
            let held = await contentOf(storage);
            for (const operation of list) {
              await run(storage, operation);
              const expected = await expectedAfter(held, storage, operation);
              held = await contentOf(storage);
              expect(held).toEqual(expected);
              await expectReadable(storage, held);
            }
          } finally {
            await storage.destroy();
          }
        }),
        { seed: SEED, numRuns: 40 },
      );
    },
  );
}

/** History, counts and lookups agree with the content. */
async function expectReadable(storage: ChatStorage, held: VaultContent): Promise<void> {
  expect(await storage.recordCount()).toBe(
    held.messages.length + held.tombstones.length + held.reactions.length + held.cleared.length,
  );
  const summaries = await storage.conversations();
  for (const conversationUrn of urns) {
    const expected = held.messages
      .filter((one) => one.conversationUrn === conversationUrn)
      .reverse();
    const { messages } = await storage.history({ conversationUrn, limit: 1_000 });
    expect(messages).toEqual(expected);
    const summary = summaries.find((one) => one.conversationUrn === conversationUrn);
    expect(summary?.lastMessage).toEqual(expected[0]);
    expect(summary?.messageCount ?? 0).toBe(expected.length);
    const [first] = expected;
    if (first) expect(compareVersions((await storage.get(first)) as StampedMessage, first)).toBe(0);
  }
}
