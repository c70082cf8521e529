export {
  atomicPersistenceConformance,
  type ConformanceOptions,
  mergingPersistenceConformance,
  patchingPersistenceConformance,
  persistenceConformance,
  type SharedTiers,
  storeConformance,
} from './persistence-conformance.js';
