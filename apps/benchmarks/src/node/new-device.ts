import { join } from 'node:path';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { type MemoryCloud } from '@chat-vault/cloud-storage/memory';
import { firstValueFrom, from } from 'rxjs';
import { filter, startWith, switchMap } from 'rxjs/operators';
import { type Benchmark, type BenchmarkContext, type Figure } from '../benchmark.ts';
import { parseCorpus } from '../data/corpus.ts';
import { seededRandom } from '../data/seeded-random.ts';
import { conversationOf, historyMonths } from '../data/synthetic-history.ts';
import { addDeltas, greatHistory, openGreatVault } from './great-vault.ts';
import { openDevice, type VirtualClock } from './virtual-device.ts';
import { type Spent, spentSince, waveCloud } from './wave-cloud.ts';

const DELTAS = 5;
const SCREEN = 50;
const SAMPLES = 50;
const KB = 1_000;

/** What a device downloads that joins ten years of history: the list, a first screen, and any month of any conversation. */
export const newDevice: Benchmark = {
  name: 'new-device',
  async run(context) {
    const clock = { now: Date.UTC(2024, 0, 1, 9) };
    const cloud = await openVault(context, clock);
    return [...(await joinVault(cloud, clock)), ...(await scrollAnywhere(cloud, clock, context))];
  },
};

async function openVault(
  { readCorpus, seed }: BenchmarkContext,
  clock: VirtualClock,
): Promise<MemoryCloud> {
  const texts = parseCorpus(await readCorpus()).slice(0, 2_000);
  const folder = join(import.meta.dirname, 'great-vault');
  const cloud = await openGreatVault(folder, greatHistory(seed, texts), clock);
  await addDeltas(cloud, clock, DELTAS);
  return cloud;
}

async function joinVault(cloud: MemoryCloud, clock: VirtualClock): Promise<readonly Figure[]> {
  const waves = waveCloud(cloud);
  const { engine, storage } = await openDevice(clock, waves);
  const sync = engine.sync();
  const urn = await newestConversation(storage);
  const list = waves.spent();
  const page = await engine.loadOlder({ conversationUrn: urn, limit: SCREEN });
  const screen = waves.spent();
  await sync;
  const whole = waves.spent();
  await storage.destroy();
  if (page.messages.length < SCREEN || page.incomplete) throw new Error('the screen is not full');
  const what = 'new device, 1,000,000 messages, list and first screen';
  const catalog = cloud.files('chat-vault/catalogs').reduce((sum, { size }) => sum + size, 0);
  return [
    { what: `${what}: requests`, value: screen.requests, unit: 'requests', budget: 16 },
    { what: `${what}: round trips`, value: screen.waves, unit: 'round trips', budget: 4 },
    { what: `${what}: received`, value: screen.bytesDown / KB, unit: 'KB', budget: 300 },
    { what: 'new device, the list alone: round trips', value: list.waves, unit: 'round trips' },
    { what: 'new device, the whole first sync: requests', value: whole.requests, unit: 'requests' },
    {
      what: 'new device, the whole first sync: round trips',
      value: whole.waves,
      unit: 'round trips',
    },
    { what: 'new device, the whole first sync: received', value: whole.bytesDown / KB, unit: 'KB' },
    {
      what: 'catalog of 10 years and 300 conversations',
      value: catalog / 1024,
      unit: 'KiB',
      budget: 40,
    },
  ];
}

/** The conversation with the newest message, once the list is complete. */
async function newestConversation(storage: ChatStorage): Promise<string> {
  const [newest] = await firstValueFrom(
    storage.changes$.pipe(
      startWith(undefined),
      switchMap(() => from(storage.conversations())),
      filter((conversations) => conversations.length >= 300),
    ),
  );
  return newest?.conversationUrn ?? '';
}

async function scrollAnywhere(
  cloud: MemoryCloud,
  clock: VirtualClock,
  { seed }: BenchmarkContext,
): Promise<readonly Figure[]> {
  const random = seededRandom(seed);
  const shape = greatHistory(seed, []);
  const months = [...historyMonths(shape)];
  const waves = waveCloud(cloud);
  const { engine, storage } = await openDevice(clock, waves);
  await engine.sync();
  const spent: Spent[] = [];
  const pages: Spent[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const [month = ''] = months.splice(Math.floor(random() * months.length), 1);
    // The busiest conversations are the largest downloads: half of the samples are among them.
    const ranks = sample % 2 === 0 ? 10 : shape.conversations;
    const conversationUrn = conversationOf(Math.floor(random() * ranks));
    const before = waves.spent();
    await engine.restoreMonth({ month, conversationUrn });
    spent.push(spentSince(before, waves.spent()));
    const start = waves.spent();
    const end = { sentTimestamp: `${month}-31T23:59:59.999Z`, id: '\uffff' };
    await engine.loadOlder({ conversationUrn, before: end, limit: SCREEN });
    pages.push(spentSince(start, waves.spent()));
  }
  await storage.destroy();
  const worst = (field: keyof Spent, of = spent) => Math.max(...of.map((one) => one[field]));
  const what = `any month of any conversation, worst of ${SAMPLES}`;
  return [
    { what: `${what}: round trips`, value: worst('waves'), unit: 'round trips', budget: 2 },
    { what: `${what}: received`, value: worst('bytesDown') / KB, unit: 'KB', budget: 300 },
    { what: `${what}: requests`, value: worst('requests'), unit: 'requests' },
    {
      what: `a page of ${SCREEN} from there, when the month has fewer: round trips`,
      value: worst('waves', pages),
      unit: 'round trips',
    },
  ];
}
