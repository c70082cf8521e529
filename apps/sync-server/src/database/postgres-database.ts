import { Kysely, type LogConfig, PostgresDialect } from 'kysely';
import pg from 'pg';
import { doNothing, type Timers } from '../timers.ts';
import { type Database } from './open-database.ts';
import { type Tables } from './tables.ts';

const RECONNECT_MS = 1000;

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
    listen: (channel, onNotice) => listen(options, channel, onNotice),
    close: () => db.destroy(),
  };
}

/** Listens on a connection of its own, and opens another one when it breaks: then notices may have been missed. */
async function listen(
  { url, timers, onError }: PostgresOptions,
  channel: string,
  onNotice: () => void,
): Promise<() => Promise<void>> {
  let isStopped = false;
  let client: pg.Client | undefined;
  let cancelRetry = doNothing;

  const connect = async (): Promise<void> => {
    const fresh = new pg.Client({
      connectionString: url,
      application_name: 'chat-sync-listener',
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    });
    let isLost = false;
    const lose = (error: Error) => {
      if (isLost || isStopped) return;
      isLost = true;
      onError(error);
      client = undefined;
      fresh.end().catch(doNothing); // it is broken already
      retry();
    };
    fresh.on('error', lose);
    fresh.on('end', () => lose(new Error('the connection that listens has ended')));
    fresh.on('notification', onNotice);
    try {
      await fresh.connect();
      await fresh.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      isLost = true;
      fresh.end().catch(doNothing); // it never opened
      throw error;
    }
    client = fresh;
    if (isStopped) await fresh.end();
    else onNotice();
  };

  const retry = () => {
    cancelRetry = timers.after(RECONNECT_MS, () => {
      connect().catch((error: Error) => {
        onError(error);
        if (!isStopped) retry();
      });
    });
  };

  await connect();
  return async () => {
    isStopped = true;
    cancelRetry();
    await client?.end();
  };
}
