import { type Change, HEARTBEAT_MS } from '@chat-vault/live-sync/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE_KINDS, openTestDatabase, type TestDatabase } from '../testing/test-databases.ts';
import { problemOf, type TestPerson } from '../testing/test-person.ts';
import {
  createConversation,
  START,
  startTestWorld,
  type TestWorld,
} from '../testing/test-world.ts';

const texts = (changes: readonly Change[]) =>
  changes.flatMap((change) =>
    change.kind === 'message' ? [`${change.message['payloadText']}`] : [],
  );

describe.each(DATABASE_KINDS)('live on %s', (kind) => {
  let database: TestDatabase;
  let world: TestWorld;

  beforeAll(async () => {
    database = await openTestDatabase(kind);
    world = await startTestWorld(database);
  });
  afterAll(async () => {
    await world.close();
    await database.close();
  });

  const say = async (person: TestPerson, urn: string, ...said: readonly string[]) => {
    await person.flush(...said.map((text) => person.op('MESSAGE_SEND', person.message(urn, text))));
  };

  it('sends what was missed, says that it is caught up, and goes on live', async () => {
    const [anna, ben] = [await world.person(), await world.person()];
    const urn = await createConversation(anna, ben);
    await say(anna, urn, 'missed');
    const stream = await ben.live();
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
    expect(texts((await stream.until('caught-up')).changes)).toEqual(['missed']);
    await say(anna, urn, 'live 1');
    expect(texts(await stream.changes(1))).toEqual(['live 1']);
    await say(ben, urn, 'live 2', 'live 3');
    expect(texts(await stream.changes(2)).toSorted()).toEqual(['live 2', 'live 3']);
    stream.close();
  });

  it('resumes at the chunk', async () => {
    const anna = await world.person();
    const urn = await createConversation(anna);
    await say(anna, urn, ...Array.from({ length: 450 }, (_, index) => `a${index}`));
    await say(anna, urn, ...Array.from({ length: 450 }, (_, index) => `b${index}`));
    const stream = await anna.live();
    const first = await stream.until('changes');
    const { cursor } = stream;
    stream.close();
    expect(first.changes).toHaveLength(500);
    const again = await anna.live(cursor);
    const rest = (await again.until('caught-up')).changes;
    expect(new Set(texts([...first.changes, ...rest])).size).toBe(900);
    expect(first.changes.length + rest.length).toBe(902);
    again.close();
  });

  it('misses nothing and repeats nothing while it connects, breaks and connects again', async () => {
    const [anna, ben] = [await world.person(), await world.person()];
    const urn = await createConversation(anna, ben);
    const count = 300;
    const saying = (async () => {
      for (let index = 0; index < count; index += 1) await say(anna, urn, `${index}`);
    })();
    const heard: string[] = [];
    let cursor: string | undefined;
    let seed = 7;
    while (heard.length < count) {
      const stream = await ben.live(cursor);
      seed = (seed * 16807) % 2147483647;
      for (let events = seed % 40; events >= 0 && heard.length < count; events -= 1) {
        const event = await stream.next();
        if (event?.event === 'changes') heard.push(...texts(event.data.changes));
      }
      cursor = stream.cursor ?? cursor;
      stream.close();
    }
    await saying;
    expect(heard.toSorted()).toEqual(Array.from({ length: count }, (_, i) => `${i}`).toSorted());
  });

  it('shows a conversation to a person who comes in, with all that was said', async () => {
    const [anna, ben] = [await world.person(), await world.person()];
    const urn = await createConversation(anna);
    await say(anna, urn, 'before');
    const stream = await ben.live();
    await stream.until('caught-up');
    await anna.flush(
      anna.op('MEMBER_SET', { conversationUrn: urn, userId: ben.userId, role: 'member' }),
    );
    const entered = await stream.until('caught-up');
    expect(texts(entered.changes)).toEqual(['before']);
    await say(anna, urn, 'after');
    expect(texts(await stream.changes(1))).toEqual(['after']);
    stream.close();
  });

  it('ends when the person is removed from a conversation, and tells nothing of it afterwards', async () => {
    const [anna, ben] = [await world.person(), await world.person()];
    const urn = await createConversation(anna, ben);
    const stream = await ben.live();
    await stream.until('caught-up');
    await anna.flush(
      anna.op('MESSAGE_SEND', anna.message(urn, 'last')),
      anna.op('MEMBER_REMOVE', { conversationUrn: urn, userId: ben.userId }),
    );
    await say(anna, urn, 'secret');
    const { changes, event } = await stream.until('end');
    expect(event.data).toEqual({ reason: 'membership' });
    expect(texts(changes)).not.toContain('secret');
    expect(await stream.next()).toBeUndefined();
    const again = await ben.live(stream.cursor);
    const missed = await again.until('caught-up');
    expect(missed.changes).toMatchObject([{ kind: 'member', member: { role: null } }]);
    again.close();
  });

  it('tells read markers to the other devices of the person only', async () => {
    const [anna, ben] = [await world.person(), await world.person()];
    const urn = await createConversation(anna, ben);
    const [own, other] = [await anna.live(), await ben.live()];
    await own.until('caught-up');
    await other.until('caught-up');
    await anna.flush(anna.op('READ_SET', { conversationUrn: urn, upTo: anna.now }));
    await say(anna, urn, 'after');
    expect((await own.changes(2)).map((change) => change.kind)).toEqual(['read', 'message']);
    expect((await other.changes(1)).map((change) => change.kind)).toEqual(['message']);
    own.close();
    other.close();
  });

  it('shows that it lives every 15 seconds', async () => {
    const anna = await world.person();
    const stream = await anna.live();
    await stream.until('caught-up');
    world.timers.advance(HEARTBEAT_MS);
    const { event } = await stream.until('heartbeat');
    expect(event.data).toEqual({ serverTime: new Date(world.timers.now()).toISOString() });
    world.timers.advance(HEARTBEAT_MS);
    await stream.until('heartbeat');
    stream.close();
  });

  it('ends with the token', async () => {
    const anna = await world.person();
    const stream = await anna.live();
    await stream.until('caught-up');
    world.timers.advance(60 * 60 * 1000);
    expect((await stream.until('end')).event.data).toEqual({ reason: 'token-expired' });
    expect(await stream.next()).toBeUndefined();
    expect((await anna.request('/api/sync/live')).status).toBe(401);
  });

  it('lets a person have so many streams and no more, and counts those that are gone out', async () => {
    const small = await startTestWorld(database, { streamsPerUser: 2 });
    const anna = await small.person();
    const [first, second] = [await anna.live(), await anna.live()];
    const refused = await anna.request('/api/sync/live');
    expect(refused.status).toBe(429);
    expect((await problemOf(refused)).code).toBe('rate-limited');
    const gauge = async () =>
      /chat_sync_live_streams (\d+)/.exec(await small.metrics.registry.metrics())?.[1];
    expect(await gauge()).toBe('2');
    first.close();
    await expect.poll(gauge).toBe('1');
    const third = await anna.live();
    second.close();
    third.close();
    await small.close();
  });

  it('takes the cursor from Last-Event-ID too, as browsers send it', async () => {
    const anna = await world.person();
    const urn = await createConversation(anna);
    await say(anna, urn, 'known');
    const { cursor } = await anna.pull();
    await say(anna, urn, 'missed');
    const first = await anna.live(cursor);
    expect(texts((await first.until('caught-up')).changes)).toEqual(['missed']);
    const again = await anna.live('', first.cursor);
    expect((await again.until('caught-up')).changes).toEqual([]);
    first.close();
    again.close();
  });

  it('does not keep what a client does not read, which comes again and misses nothing', async () => {
    const own = await startTestWorld(database);
    const [anna, ben] = [await own.person(), await own.person()];
    const urn = await createConversation(anna, ben);
    const { cursor } = await ben.pull();
    const stuck = await ben.live(cursor);
    await stuck.until('caught-up');
    const big = 'x'.repeat(900_000);
    for (let index = 0; index < 30; index += 1) await say(anna, urn, `${index} ${big}`);
    const gauge = async () =>
      /chat_sync_live_streams (\d+)/.exec(await own.metrics.registry.metrics())?.[1];
    await expect.poll(gauge, { timeout: 30_000 }).toBe('0');
    stuck.close();
    const again = await ben.live(cursor);
    const { changes } = await again.until('caught-up');
    expect(texts(changes)).toHaveLength(30);
    again.close();
    await own.close();
  });

  it('ends every stream in good order when the server stops, and can be left at once', async () => {
    const stopping = await startTestWorld(database);
    const anna = await stopping.person();
    const streams = [await anna.live(), await anna.live()];
    for (const stream of streams) await stream.until('caught-up');
    const closed = stopping.close();
    for (const stream of streams) {
      expect((await stream.until('end')).event.data).toEqual({ reason: 'shutdown' });
      expect(await stream.next()).toBeUndefined();
    }
    await closed;
    expect(stopping.timers.now()).toBe(START);
    await expect(fetch(`${stopping.server.url}/health/live`)).rejects.toThrow();
  });
});
