export { DEFAULTS, type ServerConfig } from './config/server-config.ts';
export { DatabaseUnusable } from './database/wait-for-database.ts';
export { createLog } from './observe/log.ts';
export { type RunningServer, startSyncServer } from './sync-server.ts';
export { systemTimers } from './timers.ts';
