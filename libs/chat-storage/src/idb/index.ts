export { openIdbChatStorage } from './idb-chat-storage.js';
export { type ChangeChannel, type IdbChatStorageOptions } from './idb-options.js';
