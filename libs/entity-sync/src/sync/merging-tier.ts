import { type EntityKeyData } from '../model/entity-key-data.js';
import { parseData } from '../model/plain-data.js';
import { type MergingPersistence } from '../tiers/persistence.js';
import { isMalformed } from './blob-metadata.js';
import { type MergeOutcome, type SyncTier } from './sync-tier.js';

/** A persistence that merges by itself, as a side of a sync. */
export function mergingTier(id: string, persistence: MergingPersistence, prefix: string): SyncTier {
  const { shared } = persistence;
  return {
    id,
    loadMetadata: () => persistence.loadMetadata(prefix),
    loadKey: async (key) => {
      if (shared) return shared.loadData(key);
      const data = await persistence.loadData(key);
      return data === null ? null : parseData(data, key);
    },
    merge: async (changes): Promise<MergeOutcome> => {
      const data = new Map<string, EntityKeyData>();
      const problems = new Map<string, unknown>();
      for (const [key, change] of changes) {
        try {
          data.set(key, await (shared ?? persistence).mergeData(key, change));
        } catch (error) {
          if (!isMalformed(error)) throw error;
          problems.set(key, error);
        }
      }
      return { data, problems };
    },
    verify: () => persistence.verify(),
  };
}
