import { type StampedMessage, type VaultContent } from '@chat-vault/core';
import { describe, expect, it } from 'vitest';
import { type ChatStorage } from '../port/chat-storage.js';
import { memoryChatStorage } from '../testing/memory-chat-storage.js';
import { clearing, content, stamped, tombstone } from '../testing/sample-records.js';

const SOURCE = { provider: 'cloud' };
const urnOf = (index: number): string => `urn:chat:${String(index).padStart(3, '0')}`;

/** Messages of a conversation, `step` ms apart from `from` on. */
const run = (conversation: number, from: number, count: number, step = 10): StampedMessage[] =>
  Array.from({ length: count }, (_, index) => {
    const sent = from + index * step;
    return stamped(sent, sent, { conversationUrn: urnOf(conversation), id: `m${sent}` });
  });

/** The parts of a content by conversation. */
function byConversation({ messages, tombstones, cleared }: VaultContent): VaultContent[] {
  const urns = new Set([...messages, ...tombstones, ...cleared].map((one) => one.conversationUrn));
  const isOf = (urn: string) => (record: { readonly conversationUrn: string }) =>
    record.conversationUrn === urn;
  return [...urns].map((urn) =>
    content({
      messages: messages.filter(isOf(urn)),
      tombstones: tombstones.filter(isOf(urn)),
      cleared: cleared.filter(isOf(urn)),
    }),
  );
}

async function everythingIn(storage: ChatStorage): Promise<unknown> {
  const exported: VaultContent[] = [];
  for await (const part of storage.exportAll()) exported.push(part);
  const messages = exported.flatMap((part) => part.messages);
  const tombstones = exported.flatMap((part) => part.tombstones);
  return { messages, tombstones, conversations: await storage.conversations() };
}

/** Applies `batch` over what `before` left, at once and conversation by conversation; both must come to the same. */
async function expectSameAtOnce(before: readonly VaultContent[], batch: VaultContent) {
  const atOnce = await memoryChatStorage();
  const oneByOne = await memoryChatStorage();
  for (const part of before) {
    await atOnce.apply(part, SOURCE);
    for (const one of byConversation(part)) await oneByOne.apply(one, SOURCE);
  }
  await atOnce.apply(batch, SOURCE);
  for (const one of byConversation(batch)) await oneByOne.apply(one, SOURCE);
  const expected = await everythingIn(oneByOne);
  expect(await everythingIn(atOnce)).toEqual(expected);
  await atOnce.destroy();
  await oneByOne.destroy();
}

describe('a batch of many conversations', () => {
  const months = (conversation: number) => run(conversation, 100_000, 40);

  it('joins what is there before, between, after and over its pages', async () => {
    const before = content({ messages: [1, 2, 3, 4, 5, 6].flatMap(months) });
    const batch = content({
      messages: [
        ...run(1, 10, 5), // few, before the first page
        ...run(2, 10, 200), // many, before it
        ...run(3, 100_005, 30), // between
        ...run(4, 200_000, 200), // after
        ...run(5, 10, 300, 600), // over
        ...run(7, 10, 5), // a conversation that is new
      ],
      tombstones: [{ ...tombstone(100_010, 999_999), conversationUrn: urnOf(1) }],
      cleared: [clearing(100_050, 999_999, urnOf(6))],
    });
    await expectSameAtOnce([before], batch);
  });

  it('finds conversations that lie beyond the rows it read', async () => {
    const before = content({ messages: Array.from({ length: 40 }, (_, n) => months(n)).flat() });
    const batch = content({ messages: [0, 13, 26, 39].flatMap((n) => run(n, 10, 5)) });
    await expectSameAtOnce([before], batch);
  });

  it('finds conversations that lie beyond the page keys it read, one cut off in the midst', async () => {
    const history = Array.from({ length: 70 }, (_, n) =>
      content({ messages: run(2, 10_000_000 - n * 100_000, 16) }),
    );
    const before = [content({ messages: [1, 3, 4].flatMap(months) }), ...history];
    const batch = content({ messages: [1, 2, 3, 4].flatMap((n) => run(n, 50_000, 200, 70_000)) });
    await expectSameAtOnce(before, batch);
  });
});
