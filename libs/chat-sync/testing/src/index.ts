export { ChatSyncTestingController } from './chat-sync-testing-controller';
export { type ChatSyncTestingOptions, provideChatSyncTesting } from './provide-chat-sync-testing';
export { type TestDevice } from './test-device';
