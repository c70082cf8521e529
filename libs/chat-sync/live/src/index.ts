export { Connectivity } from './connectivity';
export { LIVE_OPENER as ɵLIVE_OPENER, type LiveSyncOptions } from './live-options';
export { LiveSyncService } from './live-sync-service';
export { withLiveSync } from './with-live-sync';
