export { ChatSyncTestingController } from './chat-sync-testing-controller';
export { LiveSyncTestingController, provideLiveSyncTesting } from './live-sync-testing';
export { type ChatSyncTestingOptions, provideChatSyncTesting } from './provide-chat-sync-testing';
export { type TestDevice } from './test-device';
export { type TestLiveSync } from './test-live-sync';
