import { type EntityKeyData } from '../model/entity-key-data.js';
import { parseData, plainData } from '../model/plain-data.js';
import { memoryStore } from '../tiers/memory/memory-store.js';
import { patchedData } from '../tiers/parts/patched-data.js';
import { type KeyValues, type PatchingPersistence } from '../tiers/persistence.js';

/** A disk in memory that changes a few entities of a key alone. */
export function patchingMemory(): PatchingPersistence {
  const memory = memoryStore();
  const keys = new Set<string>();
  const note = (entries: KeyValues): KeyValues => {
    for (const key of entries.keys()) keys.add(key);
    return entries;
  };
  const patched = (values: KeyValues, key: string, patch: EntityKeyData) =>
    plainData(patchedData(parseData(values.get(key) ?? {}, key), patch));
  return {
    loadData: (key) => memory.loadData(key),
    storeData: (key, data) => memory.storeAll(note(new Map([[key, data]]))),
    clearData: (key) => memory.clearData(key),
    storeAll: (entries) => memory.storeAll(note(entries)),
    updateAll: (asked, change) => memory.updateAll(asked, (values) => note(change(values))),
    patchAll: (asked, change) =>
      memory.updateAll([...new Set([...asked, ...keys])], (all) => {
        const { values, patches } = change(new Map(asked.map((key) => [key, all.get(key)])));
        const changed = [...patches].map(
          ([key, patch]) => [key, patched(all, key, patch)] as const,
        );
        return note(new Map([...values, ...changed]));
      }),
  };
}
