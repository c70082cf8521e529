import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { hostLiveSync, type LiveWorkerScope } from '@chat-vault/live-sync/service-worker';

// The script of the messenger's service worker, bundled by `build-live-worker.ts`. It keeps the connection of live sync, and no files:
// there is no `fetch` in it.
const scope = self as unknown as LiveWorkerScope & { skipWaiting(): Promise<void> };

// It has nothing that a page of the old version could miss, so a new version begins at once.
scope.addEventListener('install', () => void scope.skipWaiting());

hostLiveSync(scope, {
  openStorage: ({ database, userId, ownSenderIds = [userId] }) =>
    openIdbChatStorage({ name: database, ownSenderIds: [...ownSenderIds] }),
});
