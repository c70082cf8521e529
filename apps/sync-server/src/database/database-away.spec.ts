import { type Change, type Operation } from '@chat-vault/live-sync/protocol';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSyncServer } from '../sync-server.ts';
import { createLog } from '../observe/log.ts';
import { ManualTimers } from '../testing/manual-timers.ts';
import { type PostgresCluster, startPostgres } from '../testing/postgres-cluster.ts';
import { openTestPostgres } from '../testing/test-databases.ts';
import { problemOf, type TestPerson } from '../testing/test-person.ts';
import { createConversation, START, startTestWorld, TEST_CONFIG } from '../testing/test-world.ts';
import { doNothing } from '../timers.ts';
import { waitForDatabase } from './wait-for-database.ts';

const texts = (changes: readonly Change[]) =>
  changes.flatMap((change) =>
    change.kind === 'message' ? [`${change.message['payloadText']}`] : [],
  );

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgres();
});
afterAll(() => cluster.stop());

describe('a database that goes away and comes back', () => {
  it('is told in every answer, streams end and come back, and nothing is lost', async () => {
    const timers = new ManualTimers(START);
    const databases = [
      await openTestPostgres(cluster.url, timers),
      await openTestPostgres(cluster.url, timers),
    ] as const;
    const world = await startTestWorld(databases[0], {}, timers);
    const other = await startTestWorld(databases[1], {}, timers);
    const [anna, ben] = [await world.person(), await world.person()];
    const urn = await createConversation(anna, ben);
    const say = (person: TestPerson, text: string) =>
      person.op('MESSAGE_SEND', person.message(urn, text));
    const stream = await ben.live();
    await stream.until('caught-up');
    const get = (path: string) => fetch(`${world.server.url}${path}`);
    expect((await get('/health/ready')).status).toBe(200);

    await cluster.halt();
    const body = JSON.stringify({ operations: [say(anna, 'kept on the device')] });
    for (const [path, init] of [
      ['/api/sync', {}],
      ['/api/sync', { method: 'POST', body }],
      ['/api/sync/live', {}],
    ] as const) {
      const response = await anna.request(path, init);
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('2');
      expect(await problemOf(response)).toMatchObject({ code: 'unavailable', retryAfter: 2 });
    }
    expect((await get('/health/ready')).status).toBe(503);
    expect((await get('/health/live')).status).toBe(200);
    timers.advance(5000);
    expect((await stream.until('problem')).event.data).toMatchObject({ code: 'unavailable' });
    expect(await stream.next()).toBeUndefined();

    await cluster.resume();
    // The instance that tells and the one that is told listen again.
    await expect
      .poll(async () => {
        timers.advance(1000);
        const { rows } = await sql`SELECT pid FROM pg_stat_activity
          WHERE application_name = 'chat-sync-listener'`
          .execute(databases[0].db)
          .catch(() => ({ rows: [] }));
        return rows.length;
      })
      .toBe(2);
    expect((await get('/health/ready')).status).toBe(200);
    expect((await anna.request('/api/sync', { method: 'POST', body })).status).toBe(200);
    const again = await ben.live(stream.cursor);
    expect(texts((await again.until('caught-up')).changes)).toEqual(['kept on the device']);
    const there = anna.at(other.server.url);
    await there.flush(say(there, 'from the other instance'));
    expect(texts(await again.changes(1))).toEqual(['from the other instance']);
    again.close();
    await world.close();
    await other.close();
    for (const database of databases) await database.close();
  });

  it('loses and doubles nothing of what was being sent', async () => {
    const database = await openTestPostgres(cluster.url);
    const world = await startTestWorld(database);
    const anna = await world.person();
    const urn = await createConversation(anna);
    const batches = Array.from({ length: 40 }, (_, batch) =>
      Array.from({ length: 20 }, (_operation, index) =>
        anna.op('MESSAGE_SEND', anna.message(urn, `${batch}.${index}`)),
      ),
    );
    let answered = 0;
    /** Sends until there is an answer, as a client does. */
    const send = async (operations: readonly Operation[]) => {
      for (;;) {
        const body = JSON.stringify({ operations });
        const response = await anna.request('/api/sync', { method: 'POST', body });
        answered += 1;
        if (response.ok) return;
        expect(response.status).toBe(503);
      }
    };
    const restart = async () => {
      await expect.poll(() => answered, { interval: 1 }).toBeGreaterThan(4);
      await cluster.halt();
      await cluster.resume();
    };
    const lanes = [0, 1, 2, 3].map(async (lane) => {
      for (let at = lane; at < batches.length; at += 4) await send(batches[at] ?? []);
    });
    await Promise.all([restart(), ...lanes]);
    const { changes } = await anna.pull();
    const sent = batches
      .flat()
      .map(({ payload }) => (payload as { payloadText: string }).payloadText);
    expect(texts(changes).toSorted()).toEqual(sent.toSorted());
    await world.close();
    await database.close();
  });
});

describe('a start without the database', () => {
  const start = (url: string, timers: ManualTimers, waitMs: number) =>
    startSyncServer(
      { ...TEST_CONFIG, database: { kind: 'postgres', url, poolSize: 2, waitMs } },
      { timers, log: createLog('silent') },
    );

  it('waits so long, and then says which one did not answer, without its password', async () => {
    const url = cluster.url.replace('postgres@', 'postgres:secret@');
    await cluster.halt();
    const error = await start(url, new ManualTimers(START), 0).catch((caught: Error) => caught);
    await cluster.resume();
    expect(error).toMatchObject({ name: 'DatabaseUnusable' });
    expect(`${error}`).toMatch(
      /"postgres" at 127\.0\.0\.1:\d+, did not answer within 0 s: .*ECONNREFUSED/,
    );
    expect(`${error}`).not.toContain('secret');
  });

  it('does not wait for one that refuses', async () => {
    const url = cluster.url.replace(/postgres$/, 'missing');
    await expect(start(url, new ManualTimers(START), 60_000)).rejects.toThrow(
      /"missing" at .* refuses: database "missing" does not exist/,
    );
  });

  it('goes on as soon as the database answers', async () => {
    const timers = new ManualTimers(START);
    const answers = ['ECONNREFUSED', '57P03', undefined];
    let asked = 0;
    const waiting = waitForDatabase(
      async () => {
        const code = answers[asked++];
        if (code !== undefined) throw Object.assign(new Error(), { code });
      },
      { url: cluster.url, waitMs: 30_000, timers },
    );
    await expect
      .poll(() => {
        timers.advance(1000);
        return asked;
      })
      .toBe(3);
    await waiting;
    expect(timers.size).toBe(0);
  });

  it('gives up in time', async () => {
    const timers = new ManualTimers(START);
    let asked = 0;
    const waiting = waitForDatabase(
      async () => {
        asked += 1;
        throw Object.assign(new Error(), { code: 'ECONNREFUSED' });
      },
      { url: cluster.url, waitMs: 3000, timers },
    );
    waiting.catch(doNothing);
    await expect
      .poll(() => {
        timers.advance(1000);
        return asked;
      })
      .toBe(4);
    await expect(waiting).rejects.toThrow('did not answer within 3 s: ECONNREFUSED');
  });
});
