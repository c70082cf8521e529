import { memoryCloud, type MemoryCloud } from '@chat-vault/cloud-storage/memory';
import { type ChatMessage } from '@chat-vault/core';
import { type Benchmark, type Figure } from '../benchmark.ts';
import { parseCorpus } from '../data/corpus.ts';
import { seededRandom } from '../data/seeded-random.ts';
import { conversationOf } from '../data/synthetic-history.ts';
import { openDevice, type VirtualClock } from './virtual-device.ts';

const YEARS = 5;
const DELTAS_A_DAY = 10;
const MESSAGES_A_DELTA = 3;
const DAY = 24 * 3_600_000;
const START = Date.UTC(2021, 0, 1);
const CONVERSATIONS = 30;

/** What years of daily use leave in the cloud, and how often each byte was written on the way. */
export const growth: Benchmark = {
  name: 'growth',
  async run({ readCorpus, seed }) {
    const texts = parseCorpus(await readCorpus());
    const random = seededRandom(seed);
    const clock = { now: START };
    const cloud = memoryCloud({ now: () => clock.now });
    const written = { deltas: 0, all: 0 };
    const { engine, storage } = await openDevice(clock, cloud);
    let mostFiles = 0;
    for (let delta = 0; delta < YEARS * 365 * DELTAS_A_DAY; delta += 1) {
      clock.now = START + delta * (DAY / DELTAS_A_DAY);
      await storage.save(newMessages(texts, random, clock, delta));
      await engine.sync();
      countWritten(cloud, written);
      if (delta % 100 === 99) mostFiles = Math.max(mostFiles, excessFiles(cloud, clock));
    }
    await storage.destroy();
    return figuresOf(cloud, written, mostFiles);
  },
};

const monthsSoFar = ({ now }: VirtualClock): number => Math.ceil((now - START) / (DAY * 30.4));

/** Files beyond four for each month so far. */
const excessFiles = (cloud: MemoryCloud, clock: VirtualClock): number =>
  cloud.files().length - 4 * monthsSoFar(clock);

function countWritten(cloud: MemoryCloud, written: { deltas: number; all: number }): void {
  for (const { kind, path, bytes } of cloud.requests) {
    if (kind !== 'create') continue;
    written.all += bytes;
    if (path.includes('/deltas/')) written.deltas += bytes;
  }
  cloud.clearRequests();
}

function newMessages(
  texts: readonly ChatMessage[],
  random: () => number,
  { now }: VirtualClock,
  delta: number,
): readonly ChatMessage[] {
  return Array.from({ length: MESSAGES_A_DELTA }, (_, index) => ({
    ...(texts[Math.floor(random() * texts.length)] as ChatMessage),
    id: `message-${delta}-${index}`,
    conversationUrn: conversationOf(Math.floor(random() ** 2 * CONVERSATIONS)),
    sentTimestamp: new Date(now + index * 1_000).toISOString(),
  }));
}

function figuresOf(
  cloud: MemoryCloud,
  written: { readonly deltas: number; readonly all: number },
  mostFiles: number,
): readonly Figure[] {
  const catalogs = cloud.files('chat-vault/catalogs').map(({ size }) => size);
  const what = `${YEARS} years, ${DELTAS_A_DAY} deltas a day`;
  return [
    {
      what: `${what}: bytes written for each byte of the deltas`,
      value: written.all / written.deltas,
      unit: 'ratio',
      budget: 7,
    },
    {
      what: `${what}: files beyond 4 a month, at most`,
      value: mostFiles,
      unit: 'files',
      budget: 60,
    },
    { what: `${what}: files at the end`, value: cloud.files().length, unit: 'files' },
    {
      what: `${what}: largest catalog at the end`,
      value: Math.max(...catalogs) / 1024,
      unit: 'KiB',
      budget: 40,
    },
  ];
}
