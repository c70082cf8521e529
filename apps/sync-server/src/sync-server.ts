import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { sql } from 'kysely';
import { type Authenticator } from './auth/authenticator.ts';
import { type DevelopmentLogin, developmentLogin } from './auth/development-login.ts';
import { oidc } from './auth/oidc.ts';
import { DATABASE_WAIT_MS, type ServerConfig } from './config/server-config.ts';
import { migrate } from './database/migrate.ts';
import { type Database } from './database/open-database.ts';
import { openPglite } from './database/pglite-database.ts';
import { openPostgres } from './database/postgres-database.ts';
import { waitForDatabase } from './database/wait-for-database.ts';
import { createApp } from './http/app.ts';
import { inTurn } from './http/in-turn.ts';
import { HttpProblem } from './http/problems.ts';
import { RateLimit } from './http/rate-limit.ts';
import { ChangeHub } from './live/change-hub.ts';
import { type LiveStream } from './live/live-stream.ts';
import { type Log } from './observe/log.ts';
import { createMetrics, type Metrics } from './observe/metrics.ts';
import { type Services } from './services.ts';
import { sweepStories } from './sweep-stories.ts';
import { type Timers } from './timers.ts';

const TOKEN_LIFE_MS = 60 * 60 * 1000;
const SWEEP_MS = 10 * 60 * 1000;

/** What a server needs besides its settings. */
export interface Environment {
  readonly timers: Timers;
  readonly log: Log;
  /** An open and migrated database, closed by whoever opened it; opened as the settings say without one. */
  readonly database?: Database;
  /** Given the figures, to add to them. */
  readonly onMetrics?: (metrics: Metrics) => void;
}

/** A server that takes requests. */
export interface RunningServer {
  /** Like `http://127.0.0.1:4320`. */
  readonly url: string;
  /** Ends in good order: no new streams, open ones are told, open requests finish, then everything is closed. */
  close(): Promise<void>;
}

/** Opens and migrates the database, and takes requests. @throws DatabaseUnusable, or what the port says */
export async function startSyncServer(
  config: ServerConfig,
  environment: Environment,
): Promise<RunningServer> {
  const { timers, log } = environment;
  const database = environment.database ?? (await openDatabase(config, environment));
  const closeDatabase = async () => {
    if (database !== environment.database) await database.close();
  };
  const { services, rate, stop } = createServices(config, environment, database);
  const { hub, streams } = services;
  const cancelSweep = timers.every(SWEEP_MS, () => {
    sweepStories(database.db, timers.now()).catch((error: unknown) =>
      log.error({ err: error }, 'ended stories could not be removed'),
    );
  });
  const server = createAdaptorServer({ fetch: createApp(services).fetch }) as Server;
  server.on('request', (_request, response) => {
    response.once('close', () => {
      // Kept alive, the connection would hold the stop up until it times out.
      if (services.isStopping()) setImmediate(() => server.closeIdleConnections());
    });
  });
  try {
    await hub.start();
    server.listen(config.port, config.host);
    await once(server, 'listening');
  } catch (error) {
    cancelSweep();
    rate.close();
    await hub.stop();
    await closeDatabase();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  log.info({ port, database: database.kind, auth: config.auth.kind }, 'ready');
  const close = async () => {
    stop();
    log.info({ streams: streams.size }, 'stopping');
    cancelSweep();
    for (const stream of [...streams]) stream.end('shutdown');
    await drain(server, config.drainMs, timers);
    rate.close();
    await hub.stop();
    await closeDatabase();
    log.info('stopped');
  };
  let closed: Promise<void> | undefined;
  return {
    url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`,
    close: () => (closed ??= close()),
  };
}

/** What the routes work with, and what ends it. */
function createServices(config: ServerConfig, environment: Environment, database: Database) {
  const { timers, log } = environment;
  const rate = new RateLimit({ ...config.rate, timers });
  let isStopping = false;
  const streams = new Set<LiveStream>();
  const metrics = createMetrics({ streams: () => streams.size, pool: () => database.pool() });
  environment.onMetrics?.(metrics);
  const hub = createHub(environment, database, metrics);
  const development = openLogin(config, timers);
  const services: Services = {
    config,
    database,
    authenticator: development ?? openOidc(config, timers),
    ...(development ? { development } : {}),
    hub,
    streams,
    timers,
    log,
    metrics,
    inTurn: inTurn(database.kind === 'postgres' ? 4 : 1),
    limitRate: (userId, cost) => {
      const seconds = rate.take(userId, cost);
      if (seconds === 0) return;
      metrics.rateLimited.inc();
      throw new HttpProblem('rate-limited', `Try again in ${seconds} s.`, seconds);
    },
    requireRoom: (userId) => {
      if (isStopping) throw new HttpProblem('unavailable', 'The server is stopping.', 1);
      if (hub.subscribersOf(userId) < config.streamsPerUser) return;
      throw new HttpProblem('rate-limited', 'Too many live streams are open.', 30);
    },
    isStopping: () => isStopping,
  };
  return { services, rate, stop: () => void (isStopping = true) };
}

function createHub({ timers, log }: Environment, database: Database, metrics: Metrics): ChangeHub {
  return new ChangeHub({
    database,
    timers,
    onError: (error) => {
      metrics.hubFailures.inc();
      log.error({ err: error }, 'the changes could not be read');
    },
    onRead: (changes, copies) => {
      metrics.changesRead.inc(changes);
      metrics.changesSent.inc(copies);
    },
  });
}

/** Takes no new connections and waits for the open ones, at most so long. */
async function drain(server: Server, ms: number, timers: Timers): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const cancel = timers.after(ms, () => server.closeAllConnections());
  await closed;
  cancel();
}

async function openDatabase(
  { database }: ServerConfig,
  { timers, log }: Environment,
): Promise<Database> {
  const opened =
    database.kind === 'pglite'
      ? await openPglite(database.folder === undefined ? {} : { folder: database.folder })
      : await openPostgres({
          ...database,
          timers,
          onError: (error) => log.error({ err: error }, 'a connection to the database broke'),
        });
  try {
    if (database.kind === 'postgres') {
      const { url, waitMs = DATABASE_WAIT_MS } = database;
      await waitForDatabase(() => sql`SELECT 1`.execute(opened.db), { url, waitMs, timers });
    }
    const names = await migrate(opened.db);
    if (names.length > 0) log.info({ names }, 'migrated');
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function openLogin({ auth }: ServerConfig, timers: Timers): DevelopmentLogin | undefined {
  if (auth.kind !== 'development') return undefined;
  const secret = auth.secret === undefined ? randomBytes(32) : Buffer.from(auth.secret);
  return developmentLogin({ secret, tokenLifeMs: TOKEN_LIFE_MS, timers });
}

function openOidc({ auth }: ServerConfig, timers: Timers): Authenticator {
  if (auth.kind !== 'oidc') throw new Error('there is no issuer in the settings');
  return oidc({ ...auth, timers });
}
