import { mkdirSync } from 'node:fs';
import { parseConfig } from './config/server-config.ts';
import { createLog } from './observe/log.ts';
import { startSyncServer } from './sync-server.ts';
import { systemTimers } from './timers.ts';

try {
  const config = parseConfig(process.env);
  const log = createLog(config.logLevel);
  if (config.database.kind === 'pglite' && config.database.folder !== undefined) {
    mkdirSync(config.database.folder, { recursive: true });
  }
  const server = await startSyncServer(config, {
    timers: systemTimers,
    log,
    onMetrics: (metrics) => metrics.withProcess(),
  });
  const stop = () => {
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  console.log(`Sync server at ${server.url}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
