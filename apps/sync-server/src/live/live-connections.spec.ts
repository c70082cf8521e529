import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { type Change, HEARTBEAT_MS } from '@chat-vault/live-sync/protocol';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testing/test-databases.ts';
import { type TestPerson } from '../testing/test-person.ts';
import { createConversation, startTestWorld, type TestWorld } from '../testing/test-world.ts';
import { doNothing } from '../timers.ts';

const BIG = 'x'.repeat(900_000);

const texts = (changes: readonly Change[]) =>
  changes.flatMap((change) =>
    change.kind === 'message' ? [`${change.message['payloadText']}`.split(' x')[0] ?? ''] : [],
  );

describe('the connection of a live stream', () => {
  let database: TestDatabase;
  let world: TestWorld;

  beforeAll(async () => {
    database = await openTestDatabase('postgres');
  });
  afterAll(() => database.close());

  const inWorld = (run: () => Promise<void>) => async () => {
    world = await startTestWorld(database);
    try {
      await run();
    } finally {
      await world.close();
    }
  };
  const openStreams = async () =>
    Number(/chat_sync_live_streams (\d+)/.exec(await world.metrics.registry.metrics())?.[1] ?? NaN);
  const say = async (person: TestPerson, urn: string, name: string, count: number) => {
    for (let index = 0; index < count; index += 1) {
      const text = `${name} ${`${index}`.padStart(2, '0')} ${BIG}`;
      await person.flush(person.op('MESSAGE_SEND', person.message(urn, text)));
    }
  };
  const named = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${name} ${`${index}`.padStart(2, '0')}`);

  /** Nobody reads who is in which conversation until it is told to go on. */
  const holdMembers = async () => {
    let release = doNothing;
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    let done: Promise<void> = Promise.resolve();
    await new Promise<void>((resolve) => {
      done = database.db.transaction().execute(async (transaction) => {
        await sql`LOCK TABLE members IN ACCESS EXCLUSIVE MODE`.execute(transaction);
        resolve();
        await isReleased;
      });
    });
    return async () => {
      release();
      await done;
    };
  };

  it(
    'is given up when the client is gone before the first answer',
    inWorld(async () => {
      const anna = await world.person();
      const release = await holdMembers();
      const abort = new AbortController();
      const answer = anna.request('/api/sync/live', { signal: abort.signal });
      await expect.poll(openStreams).toBe(1);
      abort.abort();
      await expect(answer).rejects.toThrow();
      await expect.poll(openStreams).toBe(0);
      await release();
      expect(await openStreams()).toBe(0);
      // Nothing of it counts among the streams that a person may have.
      const streams = [];
      for (let index = 0; index < 20; index += 1) streams.push(await anna.live());
      for (const stream of streams) stream.close();
    }),
  );

  it(
    'is not kept open for a request that wants no body',
    inWorld(async () => {
      const anna = await world.person();
      expect((await anna.request('/api/sync/live', { method: 'HEAD' })).status).toBe(200);
      await expect.poll(openStreams).toBe(0);
    }),
  );

  it(
    'tells everything in the end, however much happens while its client reads nothing',
    inWorld(async () => {
      const [anna, ben] = [await world.person(), await world.person()];
      const urn = await createConversation(anna, ben);
      const { cursor } = await ben.pull();
      await say(anna, urn, 'old', 30);
      const stream = await ben.live(cursor);
      await say(anna, urn, 'new', 12);
      const { changes } = await stream.until('caught-up');
      expect(texts(changes).toSorted()).toEqual([...named('new', 12), ...named('old', 30)]);
      await say(anna, urn, 'live', 1);
      expect(texts(await stream.changes(1))).toEqual(named('live', 1));
      stream.close();
    }),
  );

  it(
    'ends when its client takes nothing from one heartbeat to the next',
    inWorld(async () => {
      const [anna, ben] = [await world.person(), await world.person()];
      const urn = await createConversation(anna, ben);
      const { cursor } = await ben.pull();
      await say(anna, urn, 'old', 30);
      const call = request(`${world.server.url}/api/sync/live?since=${cursor}`, {
        headers: { authorization: `Bearer ${ben.token}` },
      });
      call.end();
      // Nobody reads its body, so the connection takes no more than the buffers of the system hold.
      const [response] = (await once(call, 'response')) as [IncomingMessage];
      expect(await openStreams()).toBe(1);
      await expect
        .poll(() => {
          world.timers.advance(HEARTBEAT_MS);
          return openStreams();
        })
        .toBe(0);
      // Nor is the connection kept for a client that does not take the end.
      world.timers.advance(HEARTBEAT_MS);
      const ended = once(response, 'end');
      response.resume();
      await expect(ended).rejects.toThrow('aborted');
    }),
  );

  it(
    'stays while its client takes what comes',
    inWorld(async () => {
      const anna = await world.person();
      const stream = await anna.live();
      await stream.until('caught-up');
      for (let index = 0; index < 5; index += 1) {
        world.timers.advance(HEARTBEAT_MS);
        await stream.until('heartbeat');
      }
      expect(await openStreams()).toBe(1);
      stream.close();
    }),
  );
});
