export { SyncProgressBar } from './sync-progress';
export { SyncStatus } from './sync-status';
