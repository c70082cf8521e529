import { gzipCodec, jsonCodec } from '@chat-vault/core';
import { directoryCloud } from '@chat-vault/cloud-storage/directory';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cloudPlace } from '../simulation/cloud-place.js';
import { inMemoryIndexedDb } from '../simulation/in-memory-indexed-db.js';
import { patchingMemory } from '../simulation/patching-memory.js';
import { RequirementStore } from '../simulation/requirement-store.js';
import { cloudTier } from '../tiers/cloud/cloud-tier.js';
import { idbStore } from '../tiers/idb/idb-store.js';
import { memoryStore } from '../tiers/memory/memory-store.js';
import {
  atomicPersistenceConformance,
  mergingPersistenceConformance,
  patchingPersistenceConformance,
  persistenceConformance,
  storeConformance,
} from './persistence-conformance.js';

persistenceConformance('memoryStore', memoryStore);
storeConformance('memoryStore', memoryStore);
atomicPersistenceConformance('memoryStore', memoryStore);

const openIdb = () =>
  idbStore({ indexedDB: inMemoryIndexedDb(), name: `kit-${crypto.randomUUID()}` });
persistenceConformance('idbStore', openIdb);
atomicPersistenceConformance('idbStore', openIdb);
patchingPersistenceConformance('idbStore', openIdb);
patchingPersistenceConformance('the disk of scenarios', patchingMemory);

const simple = { without: ['copies', 'any-key'] } as const;
persistenceConformance(
  'the smallest store that an app may have',
  () => new RequirementStore(),
  simple,
);
storeConformance('the smallest store that an app may have', () => new RequirementStore(), simple);

for (const codec of [gzipCodec(), jsonCodec()])
  mergingPersistenceConformance(`cloudTier with ${codec.extension}`, () => {
    const { device } = cloudPlace();
    return { one: device({ codec }), other: device({ codec, cache: memoryStore() }) };
  });

const folders = new WeakMap<object, string>();
mergingPersistenceConformance(
  'cloudTier over a folder',
  async () => {
    const path = await mkdtemp(join(tmpdir(), 'entities-'));
    const open = () => cloudTier(directoryCloud({ path }), gzipCodec());
    const tiers = { one: open(), other: open() };
    folders.set(tiers, path);
    return tiers;
  },
  { close: (tiers) => rm(folders.get(tiers) ?? '', { recursive: true }) },
);
