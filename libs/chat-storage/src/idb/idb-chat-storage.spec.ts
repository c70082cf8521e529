import { chatStorageConformance } from '../testing/chat-storage-conformance.js';
import { memoryChatStorage } from '../testing/memory-chat-storage.js';

chatStorageConformance('openIdbChatStorage over fake-indexeddb', memoryChatStorage);
