import { Kysely, type LogConfig, PostgresDialect } from 'kysely';
import pg from 'pg';
import { type Timers } from '../timers.ts';
import { type Database } from './open-database.ts';
import { openListener } from './postgres-listener.ts';
import { type Tables } from './tables.ts';

/** What the connections are opened with. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  readonly poolSize: number;
  readonly timers: Timers;
  readonly log?: LogConfig;
  /** Told when a connection breaks outside of a query. */
  readonly onError: (error: Error) => void;
}

/** A PostgreSQL server (13 or newer). */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    application_name: 'chat-sync-server',
    connectionTimeoutMillis: 10_000,
    // A client that is gone must not hold back the order of changes for everybody.
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
    // Pages are read in the order of an index, up to a limit. Where PostgreSQL guesses that few rows are left, it would rather
    // collect all of them and sort: fast when the guess is right, and slow for a new device.
    options: '-c enable_bitmapscan=off -c jit=off',
  });
  pool.on('error', options.onError);
  // A connection that breaks while it is taken, but between two statements, tells nobody else; unheard, that ends the process.
  pool.on('connect', (client) => client.on('error', options.onError));
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    ...(options.log ? { log: options.log } : {}),
  });
  return {
    kind: 'postgres',
    db,
    pool: () => ({
      open: pool.totalCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    listen: (onNotice) => openListener(options, onNotice),
    close: () => db.destroy(),
  };
}
