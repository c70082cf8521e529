import { memoryCloud, type MemoryCloudOptions } from '@chat-vault/cloud-storage/memory';
import { type ChatSyncFeature } from './chat-sync-feature';
import { withCloud } from './with-cloud';

/** Offers a cloud that lives until the page is closed, for demonstrations and tests. */
export function withMemoryCloud(options: MemoryCloudOptions = {}): ChatSyncFeature {
  return { ...withCloud(() => memoryCloud(options)), name: 'withMemoryCloud' };
}
