export { type CloudFaults, type StatusFault } from './cloud-faults.js';
export { cloudStorageConformance, type ConformanceOptions } from './conformance.js';
export {
  faultyCloud,
  type CloudCall,
  type FaultyCloud,
  type FaultyCloudOptions,
  type InjectedFault,
  type StopOptions,
} from './faulty-cloud.js';
export { seededRandom } from './seeded-random.js';
