import { chatStorageConformance } from '../testing/chat-storage-conformance.js';
import { memoryChatStorage } from '../testing/memory-chat-storage.js';

chatStorageConformance('openIdbChatStorage in a browser', memoryChatStorage);
