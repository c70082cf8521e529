import { type IdbChatStorageOptions, openIdbChatStorage } from '../idb/index.js';
import { type ChatStorage } from '../port/chat-storage.js';
import { inMemoryIndexedDb } from './in-memory-indexed-db.js';

/**
 * A `ChatStorage` that begins empty and is seen by nobody else: the real implementation over an IndexedDB in memory
 * (fake-indexeddb, whose classes become globals), or in a browser over a database of a unique name.
 */
export const memoryChatStorage = (options: IdbChatStorageOptions = {}): Promise<ChatStorage> =>
  openIdbChatStorage({
    indexedDB: inMemoryIndexedDb(),
    name: `memory-${crypto.randomUUID()}`,
    openChannel: () => undefined,
    ...options,
  });
