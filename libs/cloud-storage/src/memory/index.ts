export {
  memoryCloud,
  type CloudRequest,
  type MemoryCloud,
  type MemoryCloudOptions,
  type MemorySnapshot,
  type StoredFile,
} from './memory-cloud.js';
