import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { type TestClock } from './test-clock';

/** An empty storage that is seen by nobody else. */
export async function openTestDatabase(
  clock: TestClock,
  indexedDB: IDBFactory | undefined = globalThis.indexedDB,
): Promise<ChatStorage> {
  if (!indexedDB) {
    throw new Error(
      "provideChatSyncTesting: there is no IndexedDB here; import 'fake-indexeddb/auto' in the test set-up, or pass openStorage",
    );
  }
  const hex = () => Math.floor(clock.random() * 2 ** 32).toString(16);
  return openIdbChatStorage({
    name: `chat-sync-testing-${crypto.randomUUID()}`,
    deviceId: (hex() + hex()).padStart(16, '0'),
    now: () => clock.now(),
    indexedDB,
    openChannel: () => undefined,
  });
}
