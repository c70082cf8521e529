export { type LiveEnvironment } from './client/live-environment.js';
export { type LiveSnapshot, type LiveState } from './client/live-snapshot.js';
export {
  type LiveConversation,
  type LiveSync,
  type NewStory,
  type OutgoingOperation,
} from './client/live-sync.js';
export { type LiveOptions, openLiveSync } from './client/open-live-sync.js';
export { type HostEnvironment } from './host/host-environment.js';
export { type LiveServiceWorker } from './host/open-service-worker.js';
export { LiveError, type LiveErrorCode } from './live-error.js';
export { type Story } from './protocol/records.js';
export { type RefusalReason } from './store/outbox.js';
