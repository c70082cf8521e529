import { type ChatMessage } from '@chat-vault/core';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { type Benchmark } from '../benchmark.ts';
import { parseCorpus, takeMessages } from '../data/corpus.ts';
import { randomHex, seededRandom } from '../data/seeded-random.ts';
import { median } from '../median.ts';
import { openBareRows, putRow, putRows, readRows } from './bare-rows.ts';
import { openPageDevice, saveAll } from './page-device.ts';

const MESSAGES = 20_000;
const PAGE = 50;
const SAMPLES = 200;

/** Reading a page of history and saving one message, each against the same with bare rows, in turn. */
export const localStore: Benchmark = {
  name: 'local-store',
  async run({ readCorpus, seed }) {
    const messages = takeMessages(parseCorpus(await readCorpus()), MESSAGES);
    const random = seededRandom(seed);
    const { storage } = await openPageDevice(memoryCloud());
    const rows = await openBareRows();
    await saveAll(storage, messages);
    await putRows(rows, messages);
    const busiest = busiestConversation(messages);
    const times = { page: [0], getAll: [0], save: [0], put: [0] };
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const from = busiest[Math.floor(random() * (busiest.length - PAGE))] as ChatMessage;
      const before = { sentTimestamp: from.sentTimestamp, id: from.id };
      const { conversationUrn } = from;
      times.page.push(
        await timeOf(() => storage.history({ conversationUrn, before, limit: PAGE })),
      );
      times.getAll.push(await timeOf(() => readRows(rows, from, PAGE)));
      const message = newMessage(from, randomHex(random, 24), sample);
      times.save.push(await timeOf(() => storage.save(message)));
      times.put.push(await timeOf(() => putRow(rows, message)));
    }
    await storage.destroy();
    await rows.destroy();
    const [page, getAll, save, put] = [times.page, times.getAll, times.save, times.put].map(
      (list) => median(list.slice(1)),
    ) as [number, number, number, number];
    return [
      { what: `index getAll of ${PAGE} rows`, value: getAll, unit: 'ms' },
      { what: `page of ${PAGE} messages`, value: page, unit: 'ms' },
      { what: 'page against getAll', value: page / getAll, unit: 'ratio', budget: 1 },
      { what: 'bare put of one row, on disk', value: put, unit: 'ms' },
      { what: 'save of one message', value: save, unit: 'ms' },
      { what: 'save against put', value: save / put, unit: 'ratio', budget: 2 },
    ];
  },
};

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** The messages of the conversation that has most, oldest first. */
function busiestConversation(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const counts = new Map<string, number>();
  for (const { conversationUrn: urn } of messages) counts.set(urn, (counts.get(urn) ?? 0) + 1);
  const [[busiest] = ['']] = [...counts].sort(([, a], [, b]) => b - a);
  return messages
    .filter(({ conversationUrn }) => conversationUrn === busiest)
    .toSorted((a, b) => (a.sentTimestamp < b.sentTimestamp ? -1 : 1));
}

/** What a person writes next. */
const newMessage = (like: ChatMessage, id: string, number: number): ChatMessage => ({
  ...like,
  id,
  sentTimestamp: new Date(Date.UTC(2026, 5, 15) + number * 1_000).toISOString(),
});
