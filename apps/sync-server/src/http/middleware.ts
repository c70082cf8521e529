import { randomUUID } from 'node:crypto';
import { type HttpBindings } from '@hono/node-server';
import { type Hono, type MiddlewareHandler } from 'hono';
import { type Identity } from '../auth/authenticator.ts';
import { personInLog } from '../observe/log.ts';
import { type Services } from '../services.ts';
import { errorToProblem } from './error-to-problem.ts';
import { HttpProblem, problemResponse } from './problems.ts';

/** What the handlers of one request share. */
export interface Variables {
  readonly requestId: string;
  readonly identity: Identity;
}

/** What Hono hands to every handler: of Node, and of ours. */
export interface Env {
  readonly Bindings: HttpBindings;
  readonly Variables: Variables;
}

type App = Hono<Env>;

/** Each request gets an id, a line in the log and a place in the metrics; each error becomes a problem document. */
export function observe(app: App, { log, metrics, timers }: Services): void {
  app.use('*', async (context, next) => {
    const requestId = randomUUID();
    const startedAt = timers.now();
    context.set('requestId', requestId);
    await next();
    context.header('x-request-id', requestId);
    const ms = timers.now() - startedAt;
    const { status } = context.res;
    const route = routeOf(context.req.path);
    metrics.requests.observe({ route, status: `${status}` }, ms / 1000);
    const identity = context.get('identity') as Identity | undefined;
    const person = identity && personInLog(identity.userId);
    log.info({ requestId, method: context.req.method, route, status, ms, person }, 'request');
  });
  app.onError((error, context) => {
    const requestId = context.get('requestId');
    const problem = errorToProblem(error);
    if (problem.code === 'internal' || problem.code === 'unavailable') {
      log.error({ err: error, requestId }, 'a request failed');
    }
    return problemResponse(problem, requestId);
  });
  app.notFound((context) =>
    problemResponse(new HttpProblem('not-found', 'No such address.'), context.get('requestId')),
  );
}

const ROUTES = new Set([
  '/api/sync',
  '/api/sync/live',
  '/api/login',
  '/health/live',
  '/health/ready',
  '/metrics',
]);

/** So that nobody fills the metrics with addresses. */
const routeOf = (path: string): string => (ROUTES.has(path) ? path : 'other');

/** Lets in who shows a token that holds, and not more often than allowed. */
export const authenticate =
  ({ authenticator, limitRate }: Services): MiddlewareHandler<Env> =>
  async (context, next) => {
    const [, token] =
      /^Bearer ([\w.~+/=-]+)$/i.exec(context.req.header('authorization') ?? '') ?? [];
    if (token === undefined) throw new HttpProblem('unauthorized', 'A bearer token is needed.');
    const identity = await authenticator.authenticate(token);
    context.set('identity', identity);
    limitRate(identity.userId, 1);
    await next();
  };
