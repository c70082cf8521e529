export { type AutoSyncOptions } from './auto-sync/auto-sync-options';
export { ChatHistory } from './history/chat-history';
export {
  type ConversationParams,
  type ConversationRef,
  injectConversation,
} from './history/inject-conversation';
export { type ConversationsRef, injectConversations } from './history/inject-conversations';
export { SEAM as ɵSEAM } from './page/seam';
export { type ChatSyncConfig } from './provide/chat-sync-config';
export { type ChatSyncFeature } from './provide/chat-sync-feature';
export { provideChatSync } from './provide/provide-chat-sync';
export { withAutoSync } from './provide/with-auto-sync';
export { withChatStorage } from './provide/with-chat-storage';
export { withCloud } from './provide/with-cloud';
export { type DirectorySettings, withDirectory } from './provide/with-directory';
export { withIdbStorage } from './provide/with-idb-storage';
export { withLogger } from './provide/with-logger';
export { withMemoryCloud } from './provide/with-memory-cloud';
export { withWebDav } from './provide/with-web-dav';
export { type ChatSyncStatus } from './status/chat-sync-status';
export { ChatSyncError, type ChatSyncErrorCode } from './sync/chat-sync-error';
export { ChatSyncService } from './sync/chat-sync-service';
export { type ProviderState } from './sync/provider-state';
export {
  type ConnectResult,
  type DisconnectResult,
  type Outcome,
  type RestoreResult,
  type SyncResult,
} from './sync/results';
