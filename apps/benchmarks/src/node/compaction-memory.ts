import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { type MemoryCloud, memoryCloud } from '@chat-vault/cloud-storage/memory';
import { type Benchmark, type BenchmarkContext } from '../benchmark.ts';
import { parseCorpus } from '../data/corpus.ts';
import { addDeltas, encodeHistory } from './great-vault.ts';
import { openDevice, type VirtualClock } from './virtual-device.ts';

const MESSAGES = 1_000_000;
/** As many of one size make a compaction merge them into one. */
const RUNS = 4;
const DELTAS = 12;
const MIB = 1024 * 1024;

/** The most memory in use while one month of a million messages is folded with what is new. */
export const compactionMemory: Benchmark = {
  name: 'compaction-memory',
  async run(context) {
    const clock = { now: Date.UTC(2024, 1, 1) - 3_600_000 };
    const cloud = await openGreatMonth(context, clock);
    await addDeltas(cloud, clock, DELTAS, { compactionThreshold: 1_000 });
    const collect = openCollector();
    collect();
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    const watched = watch(cloud, () => {
      collect();
      most = Math.max(most, process.memoryUsage().heapUsed - before);
    });
    const { engine, storage } = await openDevice(clock, watched, {
      options: { initialMessages: 0 },
    });
    const report = await engine.compact();
    await storage.destroy();
    if (!report.committed) throw new Error(`nothing was compacted: ${report.abandoned ?? ''}`);
    return [
      {
        what: 'compaction of a month of 1,000,000 messages: heap',
        value: most / MIB,
        unit: 'MiB',
        budget: 256,
      },
      {
        what: 'compaction of a month of 1,000,000 messages: vaults replaced',
        value: report.vaultsReplaced,
        unit: 'files',
      },
    ];
  },
};

async function openGreatMonth(
  { readCorpus, seed }: BenchmarkContext,
  clock: VirtualClock,
): Promise<MemoryCloud> {
  const cloud = memoryCloud({ now: () => clock.now });
  const texts = parseCorpus(await readCorpus()).slice(0, 2_000);
  const shape = {
    seed,
    firstMonth: '2024-01',
    months: 1,
    conversations: 300,
    messagesAMonth: MESSAGES,
    runsAMonth: RUNS,
    texts,
  };
  for await (const [path, bytes] of encodeHistory(shape, clock)) cloud.poke(path, bytes);
  return cloud;
}

/** Node's garbage collector, to be called by hand: what remains is in use. */
function openCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void; // V8 makes it so
}

/** The cloud, with a call of `look` before each reading and writing. */
function watch(cloud: MemoryCloud, look: () => void): CloudStorage {
  return {
    providerId: cloud.providerId,
    displayName: cloud.displayName,
    list: (...call) => cloud.list(...call),
    listFolders: (...call) => cloud.listFolders(...call),
    remove: (...call) => cloud.remove(...call),
    read: (...call) => {
      look();
      return cloud.read(...call);
    },
    create: (...call) => {
      look();
      return cloud.create(...call);
    },
  };
}
