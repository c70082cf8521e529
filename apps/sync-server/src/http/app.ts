import {
  MAX_BODY_BYTES,
  MAX_OPERATIONS,
  MAX_PULL_CHANGES,
  parseFlushEnvelope,
  PROTOCOL_VERSION,
  VERSION_HEADER,
} from '@chat-vault/live-sync/protocol';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { flush } from '../flush/flush.ts';
import { LiveStream } from '../live/live-stream.ts';
import { type Cursor, formatCursor, parseCursor } from '../pull/cursor.ts';
import { pull } from '../pull/pull.ts';
import { type Services } from '../services.ts';
import { errorToProblem } from './error-to-problem.ts';
import { authenticate, type Env, observe } from './middleware.ts';
import { addOperations } from './operations-routes.ts';
import { HttpProblem, problemDocument } from './problems.ts';

type App = Hono<Env>;
type Ctx = Context<Env>;

const DEFAULT_PULL = 500;

/** The routes of the server. */
export function createApp(services: Services): App {
  const app: App = new Hono<Env>();
  const { origins } = services.config;
  observe(app, services);
  app.use(
    '/api/*',
    cors({
      origin: origins.includes('*') ? '*' : [...origins],
      allowHeaders: [
        'authorization',
        'content-type',
        'last-event-id',
        VERSION_HEADER,
        'ngsw-bypass',
      ],
      exposeHeaders: ['retry-after', 'x-request-id', VERSION_HEADER],
      maxAge: 86_400,
    }),
  );
  app.use('/api/*', async (context, next) => {
    requireVersion(context.req.header(VERSION_HEADER));
    await next();
    context.header(VERSION_HEADER, `${PROTOCOL_VERSION}`);
  });
  addOperations(app, services);
  // Hono means `/api/sync` too.
  app.use('/api/sync/*', authenticate(services));
  app.post('/api/sync', limitedBody, (context) => flushRoute(context, services));
  app.get('/api/sync', (context) => pullRoute(context, services));
  app.get('/api/sync/live', (context) => liveRoute(context, services));
  return app;
}

const limitedBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw new HttpProblem('body-too-large', `At most ${MAX_BODY_BYTES} bytes.`);
  },
});

function requireVersion(version: string | undefined): void {
  if (version === undefined || version === `${PROTOCOL_VERSION}`) return;
  throw new HttpProblem('unsupported-version', `Version ${PROTOCOL_VERSION} is spoken here.`);
}

async function flushRoute(context: Ctx, services: Services): Promise<Response> {
  const { userId } = context.get('identity');
  const { operations } = parseFlushEnvelope(await readJson(context));
  if (operations.length > MAX_OPERATIONS) {
    throw new HttpProblem('too-many-operations', `At most ${MAX_OPERATIONS} operations.`);
  }
  services.limitRate(userId, operations.length);
  const actor = { userId, now: services.timers.now() };
  // Also when it failed: some of it may be committed.
  const results = await flush(services.database.db, operations, actor).finally(() =>
    services.hub.announce(),
  );
  services.metrics.countOperations(results);
  return context.json({ results });
}

async function readJson(context: Ctx): Promise<unknown> {
  const text = await context.req.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpProblem('malformed', 'The body is not JSON.');
  }
}

async function pullRoute(context: Ctx, services: Services): Promise<Response> {
  const { userId } = context.get('identity');
  const cursor = readCursor(context.req.query('since'));
  const page = await services.inTurn(() =>
    pull(services.database.db, {
      userId,
      ...(cursor ? { cursor } : {}),
      limit: readLimit(context.req.query('limit')),
      now: services.timers.now(),
    }),
  );
  const rest = { cursor: formatCursor(page.cursor), hasMore: page.hasMore };
  // The changes are JSON already.
  const body = `{"changes":[${page.changes.join(',')}],${JSON.stringify(rest).slice(1)}`;
  return context.body(body, 200, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
  });
}

async function liveRoute(context: Ctx, services: Services): Promise<Response> {
  const { userId, expiresAt } = context.get('identity');
  const requestId = context.get('requestId');
  const cursor = readCursor(context.req.header('last-event-id') ?? context.req.query('since'));
  services.requireRoom(userId);
  const { database, hub, timers, inTurn, streams } = services;
  const { outgoing } = context.env;
  const stream = await LiveStream.open({
    db: database.db,
    hub,
    timers,
    userId,
    ...(cursor ? { cursor } : {}),
    expiresAt,
    inTurn,
    problemFor: (error) => {
      services.log.error({ err: error, requestId }, 'a live stream failed');
      return JSON.stringify(problemDocument(errorToProblem(error), requestId));
    },
    streams,
    gone: goneSignal(outgoing),
    disconnect: () => outgoing.destroy(),
  });
  if (services.isStopping()) stream.end('shutdown');
  return context.body(stream.body, 200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store, no-transform',
    // nginx would keep the events back.
    'x-accel-buffering': 'no',
  });
}

/** Aborts when the answer is over, however it ended. */
function goneSignal(outgoing: Env['Bindings']['outgoing']): AbortSignal {
  const gone = new AbortController();
  if (outgoing.destroyed) gone.abort();
  else outgoing.once('close', () => gone.abort());
  return gone.signal;
}

function readCursor(text: string | undefined): Cursor | undefined {
  if (text === undefined || text === '') return undefined;
  const cursor = parseCursor(text);
  if (cursor === undefined) throw new HttpProblem('malformed', '"since" is not a cursor.');
  return cursor;
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PULL;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PULL_CHANGES) return limit;
  throw new HttpProblem('malformed', `"limit" is a number from 1 to ${MAX_PULL_CHANGES}.`);
}
