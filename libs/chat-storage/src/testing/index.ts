export { chatStorageConformance } from './chat-storage-conformance.js';
export { type ConformanceOptions, type CreateStorage } from './conformance-target.js';
export { memoryChatStorage } from './memory-chat-storage.js';
