import { gzipCodec } from '@chat-vault/core';
import { cloudPlace } from '../simulation/cloud-place.js';
import { idbStore } from '../tiers/idb/idb-store.js';
import {
  atomicPersistenceConformance,
  mergingPersistenceConformance,
  patchingPersistenceConformance,
  persistenceConformance,
} from './persistence-conformance.js';

const open = () => idbStore({ name: `kit-${crypto.randomUUID()}` });
const options = { close: (tier: object) => (tier as ReturnType<typeof open>).destroy() };
persistenceConformance('idbStore in a browser', open, options);
atomicPersistenceConformance('idbStore in a browser', open, options);
patchingPersistenceConformance('idbStore in a browser', open, options);
mergingPersistenceConformance('cloudTier in a browser with a cache in IndexedDB', () => {
  const { device } = cloudPlace();
  return { one: device({ codec: gzipCodec() }), other: device({ cache: open() }) };
});
