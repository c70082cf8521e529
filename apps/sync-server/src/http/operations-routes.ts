import { timingSafeEqual } from 'node:crypto';
import { type Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { sql } from 'kysely';
import { type Services } from '../services.ts';
import { MAX_TEXT, readName } from './login-name.ts';
import { type Env } from './middleware.ts';
import { HttpProblem } from './problems.ts';

/** What runs the server asks: health, readiness, metrics; and in development a sign-in by name. */
export function addOperations(app: Hono<Env>, services: Services): void {
  const { development, config } = services;
  app.get('/health/live', (context) => context.json({ status: 'ok' }));
  app.get('/health/ready', async (context) => {
    const missing = await notReady(services);
    if (missing === undefined) return context.json({ status: 'ready' });
    throw new HttpProblem('unavailable', missing, 2);
  });
  app.get('/metrics', async (context) => {
    requireMetricsToken(context.req.header('authorization'), services);
    const { registry } = services.metrics;
    return context.body(await registry.metrics(), 200, { 'content-type': registry.contentType });
  });
  if (development === undefined || config.auth.kind !== 'development') return;
  app.post(
    '/api/login',
    bodyLimit({
      maxSize: 4 * MAX_TEXT,
      onError: () => {
        throw new HttpProblem('body-too-large', 'A name is shorter.');
      },
    }),
    async (context) => {
      const userId = readName(await context.req.text());
      services.limitRate('', 1);
      const { token, expiresAt } = await development.issue(userId);
      return context.json({ token, userId, expiresAt: new Date(expiresAt).toISOString() });
    },
  );
}

/** Why no requests should come here now. */
async function notReady({
  isStopping,
  database,
  authenticator,
}: Services): Promise<string | undefined> {
  if (isStopping()) return 'The server is stopping.';
  try {
    await sql`SELECT 1`.execute(database.db);
  } catch {
    return 'The database does not answer.'; // that is the answer
  }
  return (await authenticator.isReady()) ? undefined : 'The issuer of the tokens does not answer.';
}

function requireMetricsToken(header: string | undefined, { config }: Services): void {
  if (config.metricsToken === undefined) {
    if (config.auth.kind === 'development') return;
    throw new HttpProblem('not-found', 'No such address.');
  }
  const given = Buffer.from(header ?? '');
  const wanted = Buffer.from(`Bearer ${config.metricsToken}`);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
  throw new HttpProblem('unauthorized', 'The token of the metrics is needed.');
}
