import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { type ChatSyncFeature } from './chat-sync-feature';
import { withChatStorage } from './with-chat-storage';

/** Where this device keeps messages. */
export interface IdbStorageSettings {
  /** Name of the database; one for each account of the application. Default `chat-vault`. */
  readonly name?: string;
  /** Senders whose messages are never unread: the person's own ids. */
  readonly ownSenderIds?: readonly string[];
}

/** Keeps messages in IndexedDB. The settings may come from a function, called in an injection context when the database is opened. */
export function withIdbStorage(
  settings: IdbStorageSettings | (() => IdbStorageSettings) = {},
): ChatSyncFeature {
  const read = typeof settings === 'function' ? settings : () => settings;
  return { ...withChatStorage(() => openIdbChatStorage(read())), name: 'withIdbStorage' };
}
