export { DEFAULTS, type ServerConfig } from './config/server-config.ts';
export { createLog } from './observe/log.ts';
export { type RunningServer, startSyncServer } from './sync-server.ts';
export { systemTimers } from './timers.ts';
