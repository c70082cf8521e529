import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { hostLiveSync, type LiveWorkerScope } from '@chat-vault/live-sync/service-worker';

// The script of the messenger's service worker, bundled by `build-live-worker.ts`. It keeps the connection of live sync, and no files:
// there is no `fetch` in it.
hostLiveSync(self as unknown as LiveWorkerScope, {
  openStorage: ({ database, userId, ownSenderIds = [userId] }) =>
    openIdbChatStorage({ name: database, ownSenderIds: [...ownSenderIds] }),
});
