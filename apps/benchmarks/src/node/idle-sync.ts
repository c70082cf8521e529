import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { type Benchmark, type Figure } from '../benchmark.ts';
import { parseCorpus, takeMessages } from '../data/corpus.ts';
import { openDevice, saveAll } from './virtual-device.ts';
import { spentSince, waveCloud } from './wave-cloud.ts';

/** A sync that finds nothing new costs the same however long the history is. */
export const idleSync: Benchmark = {
  name: 'idle-sync',
  async run({ readCorpus }) {
    const corpus = parseCorpus(await readCorpus());
    const figures: Figure[] = [];
    for (const count of [1, 1_000, 100_000]) {
      const clock = { now: Date.UTC(2026, 5, 15) };
      const memory = memoryCloud({ now: () => clock.now });
      const waves = waveCloud(memory);
      const device = await openDevice(clock, waves);
      await saveAll(device.storage, takeMessages(corpus, count));
      await device.engine.sync();
      await device.engine.sync();
      const before = waves.spent();
      await device.engine.sync();
      const spent = spentSince(before, waves.spent());
      const after = `sync with nothing new after ${count.toLocaleString('en')} messages`;
      figures.push(
        { what: `${after}: requests`, value: spent.requests, unit: 'requests', budget: 2 },
        { what: `${after}: round trips`, value: spent.waves, unit: 'round trips', budget: 1 },
      );
      await device.storage.destroy();
    }
    return figures;
  },
};
