import { memoryCloud } from '../memory/index.js';
import { withRetry } from '../retry/with-retry.js';
import { cloudStorageConformance } from './conformance.js';
import { faultyCloud } from './faulty-cloud.js';

cloudStorageConformance('memory', () => memoryCloud());
cloudStorageConformance('memory, faulty and repeated', () => {
  const cloud = faultyCloud(memoryCloud(), {
    seed: 42,
    faults: {
      offline: 0.1,
      lostReply: 0.1,
      statuses: [
        { status: 503, chance: 0.1 },
        { status: 429, chance: 0.1, retryAfterMs: 1 },
      ],
    },
  });
  let now = 0;
  return withRetry(cloud, {
    tries: 20,
    offlineTries: 20,
    sleep: async (ms) => void (now += ms),
    now: () => now,
  });
});
