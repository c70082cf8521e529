export {
  atomicPersistenceConformance,
  type ConformanceOptions,
  mergingPersistenceConformance,
  persistenceConformance,
  type SharedTiers,
  storeConformance,
} from './persistence-conformance.js';
