import { STORAGE_OPENER, type StorageOpener } from '../storage/storage-access';
import { type ChatSyncFeature } from './chat-sync-feature';

/** Keeps messages in any `ChatStorage`; opened by this function in an injection context, closed when the application ends. */
export function withChatStorage(open: StorageOpener): ChatSyncFeature {
  return {
    kind: 'storage',
    name: 'withChatStorage',
    providers: [{ provide: STORAGE_OPENER, useValue: open }],
  };
}
