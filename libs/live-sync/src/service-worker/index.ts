export { type LiveAccount } from '../host/worker-messages.js';
export { hostLiveSync, type LiveHostWorkerOptions } from './host-live-sync.js';
export { type LiveWorkerClient, type LiveWorkerScope } from './live-worker-scope.js';
