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
export { faultyFetch, type FaultyFetch, type HttpCall, type HttpFault } from './faulty-fetch.js';
export { httpCloudConformance, type HttpConformanceOptions } from './http-conformance.js';
export { seededRandom } from './seeded-random.js';
