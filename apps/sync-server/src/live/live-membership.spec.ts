import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flush } from '../flush/flush.ts';
import { ManualTimers } from '../testing/manual-timers.ts';
import { openTestDatabase, type TestDatabase } from '../testing/test-databases.ts';
import { START } from '../testing/test-world.ts';
import { doNothing } from '../timers.ts';
import { ChangeHub, type LiveChange } from './change-hub.ts';
import { LiveStream } from './live-stream.ts';

describe('a person who is removed while the stream is being opened', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase('postgres');
  });
  afterAll(() => database.close());

  it('hears nothing of the conversation, whichever of the two is known first', async () => {
    const { db } = database;
    const timers = new ManualTimers(START);
    const hub = new ChangeHub({ database, timers, onError: doNothing });
    await hub.start();
    const conversationUrn = `urn:chat:${randomUUID()}`;
    let stamp = START;
    const anna = async (action: string, payload: object) => {
      stamp += 1;
      const operation = {
        opId: randomUUID(),
        action,
        payload,
        timestamp: START,
        stamp: `${stamp.toString(16).padStart(12, '0')}-0000-${'a'.repeat(16)}`,
      };
      const actor = { userId: 'anna', now: START };
      expect(await flush(db, [operation], actor)).toMatchObject([{ status: 'applied' }]);
      hub.announce();
    };
    await anna('CONVERSATION_CREATE', { conversationUrn, title: null, memberIds: ['ben'] });

    // The first read, who is in which conversation, is answered late: Ben is in it there.
    let answer = doNothing;
    const isToAnswer = new Promise<void>((resolve) => (answer = resolve));
    let tellRead = doNothing;
    const isRead = new Promise<void>((resolve) => (tellRead = resolve));
    let reads = 0;
    const opening = LiveStream.open({
      db,
      hub,
      timers,
      userId: 'ben',
      expiresAt: START + 60_000,
      inTurn: async (run) => {
        const result = await run();
        reads += 1;
        if (reads > 1) return result;
        tellRead();
        await isToAnswer;
        return result;
      },
      problemFor: () => '{}',
      streams: new Set(),
      gone: new AbortController().signal,
      disconnect: doNothing,
    });
    await isRead;
    const isTold = new Promise<void>((resolve) => {
      hub.add({ userId: 'ben', offer: () => resolve(), fail: doNothing });
    });
    await anna('MEMBER_REMOVE', { conversationUrn, userId: 'ben' });
    await isTold;
    answer();
    const stream = await opening;
    const { no } = await db
      .selectFrom('conversations')
      .select('no')
      .where('urn', '=', conversationUrn)
      .executeTakeFirstOrThrow();
    let told = '';
    const member = {
      userId: 'anna',
      offer: (changes: readonly LiveChange[]) => {
        told += changes.map(({ json }) => json).join('');
      },
      fail: doNothing,
    };
    hub.add(member);
    hub.watch(member, new Set([BigInt(no)]));
    await anna('MESSAGE_SEND', {
      id: randomUUID(),
      conversationUrn,
      senderId: 'anna',
      typeId: 'text/plain',
      sentTimestamp: new Date(START).toISOString(),
      payloadText: 'secret',
    });
    await expect.poll(() => told).toContain('secret');
    await hub.stop();
    stream.end('shutdown');
    const heard = await new Response(stream.body).text();
    expect(heard).not.toContain('secret');
    expect(heard).toContain('"reason":"membership"');
  });
});
