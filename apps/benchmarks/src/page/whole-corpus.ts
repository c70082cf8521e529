import { type ChatStorage } from '@chat-vault/chat-storage';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { type ChatMessage, type StampedMessage } from '@chat-vault/core';
import { messageKey } from '@chat-vault/core/records';
import { type Benchmark } from '../benchmark.ts';
import { parseCorpus } from '../data/corpus.ts';
import { openPageDevice, restoreAll, saveAll } from './page-device.ts';

/** The corpus is imported, backed up, restored on a second device, and compared with the file, message by message. */
export const wholeCorpus: Benchmark = {
  name: 'whole-corpus',
  async run({ readCorpus }) {
    const messages = parseCorpus(await readCorpus());
    const cloud = memoryCloud();
    const first = await openPageDevice(cloud);
    const second = await openPageDevice(cloud);
    const times = [
      await timeOf(() => saveAll(first.storage, messages)),
      await timeOf(() => first.engine.sync()),
      await timeOf(async () => {
        await second.engine.sync();
        await restoreAll(second);
      }),
    ];
    const differences = await countDifferences(messages, first.storage, second.storage);
    await first.storage.destroy();
    await second.storage.destroy();
    const [imported = NaN, backedUp = NaN, restored = NaN] = times;
    return [
      { what: 'messages compared', value: messages.length, unit: 'messages' },
      { what: 'messages that differ', value: differences, unit: 'messages', budget: 0 },
      { what: 'import', value: imported, unit: 'ms' },
      { what: 'first backup', value: backedUp, unit: 'ms' },
      { what: 'restore on a second device', value: restored, unit: 'ms' },
    ];
  },
};

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Messages of the file that either device lacks or has otherwise, and such that either has besides. */
async function countDifferences(
  messages: readonly ChatMessage[],
  first: ChatStorage,
  second: ChatStorage,
): Promise<number> {
  const expected = new Map(messages.map((message) => [messageKey(message), textOf(message)]));
  const stamps = new Map<string, string>();
  let differences = 0;
  let seen = 0;
  for await (const message of messagesOf(first)) {
    const key = messageKey(message);
    stamps.set(key, message.stamp);
    seen += 1;
    if (expected.get(key) !== textOf(message)) differences += 1;
  }
  differences += expected.size - seen;
  for await (const message of messagesOf(second)) {
    const key = messageKey(message);
    const isSame = expected.get(key) === textOf(message) && stamps.get(key) === message.stamp;
    if (!isSame) differences += 1;
    stamps.delete(key);
  }
  return differences + stamps.size;
}

async function* messagesOf(storage: ChatStorage): AsyncGenerator<StampedMessage> {
  for await (const { messages } of storage.exportAll()) yield* messages;
}

/** All that the file says of a message, as one text. */
function textOf({ senderId, typeId, payloadBytes, tags, expiresAt }: ChatMessage): string {
  return JSON.stringify([senderId, typeId, [...payloadBytes], tags, expiresAt]);
}
