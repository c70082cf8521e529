import { cloudStorageConformance } from '../testing/conformance.js';
import { memoryCloud } from './memory-cloud.js';

cloudStorageConformance('memory, in a browser', () => memoryCloud());
