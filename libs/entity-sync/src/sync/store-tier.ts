import { type DataManager } from '../manager/data-manager.js';
import { type EntityKeyData } from '../model/entity-key-data.js';
import { type MergeOutcome, type SyncTier } from './sync-tier.js';

/** The entities in memory as a side of a sync. */
export function storeTier(data: DataManager): SyncTier {
  return {
    id: 'store',
    loadMetadata: async () => data.metadata(),
    loadKey: async (key) => (data.hasKey(key) ? data.snapshot(key) : null),
    merge: async (changes): Promise<MergeOutcome> => {
      data.mergeIn(changes);
      const after = [...changes.keys()].map((key): [string, EntityKeyData] => [
        key,
        data.snapshot(key),
      ]);
      return { data: new Map(after), problems: new Map() };
    },
    verify: async () => ({ checked: 0, problems: [] }),
  };
}
