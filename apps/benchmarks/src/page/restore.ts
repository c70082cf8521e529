import { type ChatMessage } from '@chat-vault/core';
import { type MemoryCloud } from '@chat-vault/cloud-storage/memory';
import { type Benchmark } from '../benchmark.ts';
import { parseCorpus, takeMessages } from '../data/corpus.ts';
import { median } from '../median.ts';
import { openBareRows, putRows } from './bare-rows.ts';
import { longestTask } from './long-tasks.ts';
import { backUpAll, openPageDevice, restoreAll } from './page-device.ts';

const MESSAGES = 100_000;
const ROUNDS = 5;

/**
 * Brings a whole history here, month by month, from a cloud that answers at once: from the fetched bytes over digests, inflating,
 * parsing and merging to committed pages, against putting the same rows one by one. The sync before it, which brings the
 * list of conversations and the newest screens, is measured in round trips and bytes by the benchmark of a new device.
 */
export const restore: Benchmark = {
  name: 'restore',
  async run({ readCorpus }) {
    const messages = takeMessages(parseCorpus(await readCorpus()), MESSAGES);
    const cloud = await backUpAll(messages);
    const bare: number[] = [];
    const restored: number[] = [];
    const tasks: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      bare.push(await timeBareRows(messages));
      const { time, longest } = await timeRestore(cloud);
      restored.push(time);
      tasks.push(longest);
    }
    const ratios = restored.map((time, round) => time / (bare[round] ?? NaN));
    return [
      { what: 'bare put of 100,000 rows', value: median(bare), unit: 'ms' },
      { what: 'restore of 100,000 messages', value: median(restored), unit: 'ms' },
      { what: 'restore against bare put', value: median(ratios), unit: 'ratio', budget: 0.25 },
      {
        what: 'longest main-thread task in a restore',
        value: median(tasks),
        unit: 'ms',
        budget: 50,
      },
    ];
  },
};

async function timeBareRows(messages: readonly ChatMessage[]): Promise<number> {
  const rows = await openBareRows();
  const startedAt = performance.now();
  await putRows(rows, messages);
  const time = performance.now() - startedAt;
  await rows.destroy();
  return time;
}

async function timeRestore(
  cloud: MemoryCloud,
): Promise<{ readonly time: number; readonly longest: number }> {
  const device = await openPageDevice(cloud);
  let time = 0;
  const longest = await longestTask(async () => {
    await device.engine.sync();
    const startedAt = performance.now();
    await restoreAll(device);
    time = performance.now() - startedAt;
  });
  const months = await device.storage.months();
  const count = months.reduce((sum, { messageCount }) => sum + messageCount, 0);
  if (count !== MESSAGES) throw new Error(`${count} messages were restored`);
  await device.storage.destroy();
  return { time, longest };
}
