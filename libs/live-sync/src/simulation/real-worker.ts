// The script of a service worker, as an application has it.
import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { hostLiveSync, type LiveWorkerScope } from '../service-worker/index.js';

hostLiveSync(self as unknown as LiveWorkerScope, {
  openStorage: ({ database, userId }) =>
    openIdbChatStorage({ name: database, ownSenderIds: [userId] }),
  token: async ({ database }) => `worker of ${database}`,
});
