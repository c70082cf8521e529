import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { type Benchmark } from '../benchmark.ts';
import { parseCorpus, takeMessages } from '../data/corpus.ts';
import { openDevice, saveAll } from './virtual-device.ts';

const MESSAGES = 100_000;

/** What the first upload of a history costs, and what it occupies in the cloud. */
export const firstBackup: Benchmark = {
  name: 'first-backup',
  async run({ readCorpus, isWholeCorpus }) {
    const corpus = parseCorpus(await readCorpus());
    const first = await upload(takeMessages(corpus, MESSAGES));
    const whole = isWholeCorpus ? await upload(corpus) : first;
    const of = isWholeCorpus
      ? `whole corpus (${corpus.length.toLocaleString('en')} messages)`
      : `${MESSAGES.toLocaleString('en')} messages made from the sample`;
    return [
      {
        what: `first backup of ${MESSAGES.toLocaleString('en')} messages`,
        value: first.requests,
        unit: 'requests',
        budget: 200,
      },
      {
        what: `bytes a message in the cloud, ${of}`,
        value: whole.bytesAMessage,
        unit: 'bytes',
        budget: 72,
      },
      { what: `first backup, ${of}`, value: whole.requests, unit: 'requests' },
    ];
  },
};

async function upload(
  messages: Parameters<typeof saveAll>[1],
): Promise<{ readonly requests: number; readonly bytesAMessage: number }> {
  const clock = { now: Date.UTC(2026, 5, 15) };
  const cloud = memoryCloud({ now: () => clock.now });
  const { engine, storage } = await openDevice(clock, cloud);
  await saveAll(storage, messages);
  await engine.sync();
  const bytes = cloud.files().reduce((sum, { size }) => sum + size, 0);
  await storage.destroy();
  return { requests: cloud.requests.length, bytesAMessage: bytes / messages.length };
}
