import { gzipSync } from 'node:zlib';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { canonicalJson, type StampedMessage } from '@chat-vault/core';
import { type Benchmark, type Figure } from '../benchmark.ts';
import { parseCorpus, takeMessages } from '../data/corpus.ts';
import { openDevice, saveAll } from './virtual-device.ts';

const HISTORY = 10_000;

/** What it costs to send what was written since the last sync. */
export const normalBackup: Benchmark = {
  name: 'normal-backup',
  async run({ readCorpus }) {
    const corpus = parseCorpus(await readCorpus());
    const figures: Figure[] = [];
    for (const count of [1, 20, 1_000]) {
      const clock = { now: Date.UTC(2026, 5, 15) };
      const cloud = memoryCloud({ now: () => clock.now });
      const { engine, storage } = await openDevice(clock, cloud);
      const messages = takeMessages(corpus, HISTORY + count);
      await saveAll(storage, messages.slice(0, HISTORY));
      await engine.sync();
      await engine.sync();
      cloud.clearRequests();
      await storage.save(messages.slice(HISTORY));
      const pending = await storage.pendingFor('memory', { records: 10_000, bytes: 1e9 });
      const changed = gzipSync(canonicalJson(pending.content.messages.map(toFields)));
      await engine.sync();
      const made = (kind: string) => cloud.requests.filter((request) => request.kind === kind);
      const bytes = made('create').reduce((sum, request) => sum + request.bytes, 0);
      const of = `backup of ${count.toLocaleString('en')} new message(s)`;
      figures.push(
        { what: `${of}: writes`, value: made('create').length, unit: 'requests', budget: 1 },
        {
          what: `${of}: reads beyond the listing`,
          value: made('read').length,
          unit: 'requests',
          budget: 0,
        },
        { what: `${of}: listings`, value: made('list').length, unit: 'requests', budget: 2 },
        {
          what: `${of}: bytes against gzip of the records (${changed.length} bytes)`,
          value: bytes / changed.length,
          unit: 'ratio',
          // A single short message is smaller than what names its file, device and month (docs/benchmarks.md).
          ...(count === 1 ? {} : { budget: 1.2 }),
        },
      );
      await storage.destroy();
    }
    return figures;
  },
};

/** A record as the format writes it. */
const toFields = ({ payloadBytes, ...fields }: StampedMessage): object => ({
  ...fields,
  payloadText: new TextDecoder().decode(payloadBytes),
});
