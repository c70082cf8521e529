import { PGlite } from '@electric-sql/pglite';
import { Kysely, type LogConfig, PGliteDialect } from 'kysely';
import { doNothing } from '../timers.ts';
import { lockFolder } from './lock-folder.ts';
import { type Database } from './open-database.ts';
import { type Tables } from './tables.ts';

/**
 * PostgreSQL in this process, in a folder, or in memory without one. One connection: for one instance and development.
 * @throws DatabaseUnusable when another server has the folder
 */
export async function openPglite(options: {
  readonly folder?: string;
  readonly log?: LogConfig;
}): Promise<Database> {
  const { folder } = options;
  const unlock = folder === undefined ? doNothing : lockFolder(folder);
  const pglite = await PGlite.create(folder).catch((error: unknown) => {
    unlock();
    throw error;
  });
  await pglite.exec('SET enable_bitmapscan = off; SET jit = off'); // as in `openPostgres`
  const db = new Kysely<Tables>({
    dialect: new PGliteDialect({ pglite }),
    ...(options.log ? { log: options.log } : {}),
  });
  return {
    kind: 'pglite',
    db,
    pool: () => ({ open: 1, idle: 0, waiting: 0 }),
    // There is no other instance.
    listen: async () => ({ notify: doNothing, stop: async () => undefined }),
    async close() {
      await db.destroy();
      if (!pglite.closed) await pglite.close();
      unlock();
    },
  };
}
