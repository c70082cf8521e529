import { MAX_BODY_BYTES, MAX_OPERATIONS } from '@chat-vault/live-sync/protocol';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testing/test-databases.ts';
import { problemOf } from '../testing/test-person.ts';
import { createConversation, startTestWorld, type TestWorld } from '../testing/test-world.ts';

describe('the routes', () => {
  let database: TestDatabase;
  let world: TestWorld;

  beforeAll(async () => {
    database = await openTestDatabase('postgres');
    world = await startTestWorld(database);
  });
  afterAll(async () => {
    await world.close();
    await database.close();
  });

  const post = async (body: BodyInit, init: RequestInit = {}) => {
    const anna = await world.person();
    const response = await anna.request('/api/sync', { method: 'POST', body, ...init });
    return { response, problem: response.ok ? undefined : await problemOf(response) };
  };

  it('takes 500 operations of 1 MiB together, and not one more', async () => {
    const anna = await world.person();
    const urn = await createConversation(anna);
    const batch = (count: number) =>
      Array.from({ length: count }, () => anna.op('MESSAGE_SEND', anna.message(urn, 'x')));
    expect(await anna.flush(...batch(MAX_OPERATIONS))).toHaveLength(MAX_OPERATIONS);
    await expect(anna.flush(...batch(MAX_OPERATIONS + 1))).rejects.toThrow('too-many-operations');

    const empty = JSON.stringify({ operations: [anna.op('MESSAGE_SEND', anna.message(urn, ''))] });
    const fill = (length: number) => {
      const payloadText = 'x'.repeat(length - empty.length);
      return anna.op('MESSAGE_SEND', anna.message(urn, payloadText));
    };
    expect(await anna.outcomes(fill(MAX_BODY_BYTES))).toEqual(['applied']);
    await expect(anna.flush(fill(MAX_BODY_BYTES + 1))).rejects.toThrow('body-too-large');
  });

  it('does not believe a length that is not said', async () => {
    const chunk = new Uint8Array(100_000).fill(0x20);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 1;
        if (sent > 300) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const anna = await world.person();
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    // A client that goes on sending may find the connection closed before it reads the answer.
    const status = await anna.request('/api/sync', init).then(
      (response) => response.status,
      () => 'closed',
    );
    expect([413, 'closed']).toContain(status);
    expect(sent).toBeLessThan(200);
    expect((await anna.request('/api/sync')).status).toBe(200);
  });

  it.each([
    ['no JSON', '{"operations":'],
    ['no batch', '[]'],
    ['operations without id', '{"operations":[{}]}'],
    ['nothing', ''],
  ])('answers %s with a problem document', async (_title, body) => {
    const { response, problem } = await post(body);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(problem).toMatchObject({
      type: 'urn:chat-vault:problem:malformed',
      code: 'malformed',
      status: 400,
      requestId: response.headers.get('x-request-id'),
    });
  });

  it('speaks version 1 of the protocol only, and says so', async () => {
    const anna = await world.person();
    const response = await anna.request('/api/sync', { headers: { 'chat-sync-version': '2' } });
    expect((await problemOf(response)).code).toBe('unsupported-version');
    const known = await anna.request('/api/sync', { headers: { 'chat-sync-version': '1' } });
    expect(known.headers.get('chat-sync-version')).toBe('1');
  });

  it.each(['0', '1001', '1.5', 'all'])('refuses %s changes at once', async (limit) => {
    const anna = await world.person();
    expect((await anna.request(`/api/sync?limit=${limit}`)).status).toBe(400);
  });

  it('lets the pages of the named origins call, and no others', async () => {
    const preflight = (origin: string) =>
      fetch(`${world.server.url}/api/sync`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        },
      });
    const allowed = await preflight('https://chat.example');
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://chat.example');
    const other = await preflight('https://evil.example');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    const refused = await fetch(`${world.server.url}/api/sync`, {
      headers: { origin: 'https://chat.example' },
    });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://chat.example');
  });

  it('knows no other address', async () => {
    const response = await fetch(`${world.server.url}/api/other`);
    expect(response.status).toBe(404);
    expect((await problemOf(response)).code).toBe('not-found');
  });

  it.each(['', '   ', 'x'.repeat(65), 'a\u0007b', '\ud800'])(
    'signs nobody in as %j',
    async (name) => {
      const response = await fetch(`${world.server.url}/api/login`, {
        method: 'POST',
        body: JSON.stringify({ name }),
      });
      expect(response.status).toBe(400);
    },
  );

  it('has no sign-in by name in production', async () => {
    const production = await startTestWorld(database, {
      auth: { kind: 'oidc', issuer: 'http://127.0.0.1:9/', audience: 'chat' },
    });
    const url = production.server.url;
    expect(
      (await fetch(`${url}/api/login`, { method: 'POST', body: '{"name":"anna"}' })).status,
    ).toBe(404);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    // Nothing says that the token is wrong: the client tries again, and nobody is signed out.
    const unchecked = await fetch(`${url}/api/sync`, {
      headers: { authorization: 'Bearer a.b.c' },
    });
    expect(unchecked.status).toBe(503);
    expect(unchecked.headers.get('retry-after')).toBe('2');
    await production.close();
  });

  it('shows its metrics to who has their token', async () => {
    const guarded = await startTestWorld(database, { metricsToken: 'let me see' });
    const anna = await guarded.person();
    const urn = await createConversation(anna);
    await anna.flush(
      anna.op('MESSAGE_SEND', anna.message(urn, 'hi')),
      anna.op('MESSAGE_SEND', anna.message(urn, 'hi', { senderId: 'zoe' })),
    );
    const read = (authorization: string) =>
      fetch(`${guarded.server.url}/metrics`, { headers: { authorization } });
    expect((await read('')).status).toBe(401);
    expect((await read('Bearer let me sea')).status).toBe(401);
    const text = await (await read('Bearer let me see')).text();
    expect(text).toContain('chat_sync_operations_total{status="applied",reason=""} 2');
    expect(text).toContain(
      'chat_sync_operations_total{status="rejected",reason="not-the-sender"} 1',
    );
    expect(text).toMatch(/chat_sync_request_seconds_count\{route="\/api\/sync",status="200"\} 2/);
    await guarded.close();
  });

  it('logs what happened, but nothing that was said, by whom, or with which token', async () => {
    const own = await startTestWorld(database);
    const anna = await own.person('annabella');
    const urn = await createConversation(anna);
    await anna.flush(anna.op('MESSAGE_SEND', anna.message(urn, 'very secret text')));
    await anna.pull();
    await anna.request('/api/sync', { method: 'POST', body: '{"secret":"very secret text"' });
    const lines = own.logged().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ route: '/api/sync', method: 'POST', status: 200, msg: 'request' }),
    );
    expect(own.logged()).not.toContain('secret');
    expect(own.logged()).not.toContain('annabella');
    expect(own.logged()).not.toContain(anna.token);
    expect(own.logged()).not.toContain(urn);
    await own.close();
  });

  it('logs no values that a failed statement held', async () => {
    const own = await startTestWorld(database);
    const anna = await own.person();
    const urn = await createConversation(anna);
    await sql`ALTER TABLE messages ADD CONSTRAINT short CHECK (length(payload_text) < 10) NOT VALID`.execute(
      database.db,
    );
    const operations = [anna.op('MESSAGE_SEND', anna.message(urn, 'very secret text'))];
    const response = await anna.request('/api/sync', {
      method: 'POST',
      body: JSON.stringify({ operations }),
    });
    await sql`ALTER TABLE messages DROP CONSTRAINT short`.execute(database.db);
    expect(response.status).toBe(500);
    expect((await problemOf(response)).code).toBe('internal');
    expect(own.logged()).toContain('"code":"23514"');
    expect(own.logged()).not.toContain('secret');
    await own.close();
  });

  it('lets a person do so much, then says when to come again', async () => {
    const strict = await startTestWorld(database, { rate: { perSecond: 2, burst: 10 } });
    const [anna, ben] = [await strict.person(), await strict.person()];
    strict.timers.advance(60_000);
    const urn = await createConversation(anna);
    const send = () => anna.op('MESSAGE_SEND', anna.message(urn, 'x'));
    expect(await anna.flush(send(), send(), send(), send(), send(), send())).toHaveLength(6);
    const refused = await anna.request('/api/sync', {
      method: 'POST',
      body: JSON.stringify({ operations: [send(), send()] }),
    });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await problemOf(refused)).toMatchObject({ code: 'rate-limited', retryAfter: 1 });
    expect((await ben.request('/api/sync')).status).toBe(200);
    strict.timers.advance(2000);
    expect(await anna.flush(send(), send())).toHaveLength(2);
    await strict.close();
  });
});
