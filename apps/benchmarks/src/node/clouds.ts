import { type CloudStorage, withRetry } from '@chat-vault/cloud-storage';
import { type ChatMessage } from '@chat-vault/core';
import { type Benchmark, type BenchmarkContext, type Figure } from '../benchmark.ts';
import { parseCorpus, takeMessages } from '../data/corpus.ts';
import { seededRandom } from '../data/seeded-random.ts';
import { CLOUD_SERVICES, type CloudService } from './cloud-services.ts';
import { openDevice, saveAll } from './virtual-device.ts';
import { LATENCY_MS, type NetworkSpent, VirtualNetwork } from './virtual-network.ts';

const HISTORY = 10_000;
const FILES = 1_000;
const SMALL = 10 * 1024;
const LARGE = 8 * 1024 * 1024;
/** The interval of `withAutoSync`: what a driver remembers for a shorter time is forgotten. */
const INTERVAL_MS = 5 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

/** What each driver asks of its service for the same work, and how long that takes when every request takes 100 ms. */
export const clouds: Benchmark = {
  name: 'clouds',
  async run(context) {
    const figures: Figure[] = [];
    for (const [name, start] of Object.entries(CLOUD_SERVICES)) {
      const network = new VirtualNetwork({ now: Date.UTC(2026, 5, 15) });
      const service = await start(network);
      try {
        const bench = { name, network, open: opener(service, network, context) };
        figures.push(...(await measureCalls(bench)), ...(await measureSyncs(bench, context)));
      } finally {
        await service.stop();
      }
    }
    return figures;
  },
};

/** A cloud under measurement. */
interface CloudBench {
  readonly name: string;
  readonly network: VirtualNetwork;
  /** A new driver, as polite as in an application. */
  readonly open: () => CloudStorage;
}

const opener =
  ({ open }: CloudService, { sleep, now }: VirtualNetwork, { seed }: BenchmarkContext) =>
  () =>
    withRetry(open(), { sleep, now, random: seededRandom(seed) });

async function measureCalls(bench: CloudBench): Promise<readonly Figure[]> {
  const cloud = bench.open();
  await cloud.connect?.({ interactive: false });
  await fill(cloud);
  const fresh = bench.open();
  const range = { offset: LARGE / 2, length: SMALL };
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    connect: async () => fresh.connect?.({ interactive: false }),
    'list of an empty folder': () => cloud.list('bench/empty'),
    'list of 1,000 files': () => cloud.list('bench/full'),
    'create of 10 KiB': () => cloud.create('bench/files/small', bytesOf(SMALL)),
    'create of 10 KiB in a new folder': () => cloud.create('bench/new/small', bytesOf(SMALL)),
    'create of 8 MiB': () => cloud.create('bench/files/large', bytesOf(LARGE)),
    'read of 10 KiB': () => cloud.read('bench/files/small'),
    'read of 10 KiB of 8 MiB': () => cloud.read('bench/files/large', { range }),
    remove: () => cloud.remove('bench/files/small'),
  };
  const figures: Figure[] = [];
  for (const [what, call] of Object.entries(calls)) {
    figures.push(...figuresOf(`${bench.name}: ${what}`, await bench.network.measure(call)));
  }
  return figures;
}

/** A folder that became empty, one with many files, and one to write to. */
async function fill(cloud: CloudStorage): Promise<void> {
  const one = bytesOf(1);
  await cloud.create('bench/empty/file', one);
  await cloud.remove('bench/empty/file');
  await cloud.create('bench/files/file', one);
  const paths = Array.from({ length: FILES }, (_, index) => `bench/full/${index}`);
  await Promise.all(paths.map((path) => cloud.create(path, one)));
}

async function measureSyncs(
  { name, network, open }: CloudBench,
  { readCorpus }: BenchmarkContext,
): Promise<readonly Figure[]> {
  const messages = takeMessages(parseCorpus(await readCorpus()), HISTORY + 1);
  const device = await openDevice(network.clock, open());
  await saveAll(device.storage, messages.slice(0, HISTORY));
  await device.engine.sync();
  await device.engine.sync();
  // A vault that was begun a day ago, in an application that has been open for a while.
  network.clock.now += DAY_MS;
  await device.engine.sync();
  network.clock.now += INTERVAL_MS;
  const idle = await network.measure(() => device.engine.sync());
  network.clock.now += INTERVAL_MS;
  await device.storage.save(messages.slice(HISTORY));
  const backup = await network.measure(() => device.engine.sync());
  const joining = await openDevice(network.clock, open());
  const join = await network.measure(() => joining.engine.sync());
  await checkHistory(joining, messages);
  await device.storage.destroy();
  await joining.storage.destroy();
  return [
    ...figuresOf(`${name}: sync with nothing new`, idle, { requests: 2, ms: LATENCY_MS }),
    ...figuresOf(`${name}: backup of one message`, backup, { requests: 3 }),
    ...figuresOf(`${name}: first sync of a new device, 10,000 messages`, join),
  ];
}

/** Whether the new device can show all: what was measured must have been the whole work. */
async function checkHistory(
  { engine, storage }: Awaited<ReturnType<typeof openDevice>>,
  messages: readonly ChatMessage[],
): Promise<void> {
  await engine.restoreAll();
  const count = await storage.recordCount();
  if (count !== messages.length) throw new Error(`${count} messages came of ${messages.length}`);
}

const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => index % 251);

function figuresOf(
  row: string,
  { requests, bytesUp, bytesDown, ms }: NetworkSpent,
  budget: { readonly requests?: number; readonly ms?: number } = {},
): readonly Figure[] {
  const limit = (value: number | undefined) => (value === undefined ? {} : { budget: value });
  return [
    {
      row,
      what: `${row}: requests`,
      value: requests,
      unit: 'requests',
      ...limit(budget.requests),
    },
    { row, what: `${row}: up`, value: bytesUp, unit: 'bytes up' },
    { row, what: `${row}: down`, value: bytesDown, unit: 'bytes down' },
    { row, what: `${row}: time`, value: ms, unit: 'ms of latency', ...limit(budget.ms) },
  ];
}
