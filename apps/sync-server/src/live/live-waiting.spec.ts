import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { flush } from '../flush/flush.ts';
import { ManualTimers } from '../testing/manual-timers.ts';
import { openTestDatabase } from '../testing/test-databases.ts';
import { START } from '../testing/test-world.ts';
import { doNothing } from '../timers.ts';
import { ChangeHub } from './change-hub.ts';
import { LiveStream } from './live-stream.ts';

it('reads as a delta what was too much to keep while the last page came', async () => {
  const database = await openTestDatabase('postgres');
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
    await flush(db, [operation], { userId: 'anna', now: START });
    hub.announce();
  };
  await anna('CONVERSATION_CREATE', { conversationUrn, title: null, memberIds: [] });

  // The first page, which is all there is yet, is answered late.
  let answer = doNothing;
  const isToAnswer = new Promise<void>((resolve) => (answer = resolve));
  let reads = 0;
  const opening = LiveStream.open({
    db,
    hub,
    timers,
    userId: 'anna',
    expiresAt: START + 60_000,
    inTurn: async (run) => {
      const result = await run();
      reads += 1;
      if (reads === 2) await isToAnswer;
      return result;
    },
    problemFor: () => '{}',
    streams: new Set(),
    gone: new AbortController().signal,
    disconnect: doNothing,
  });
  await expect.poll(() => reads).toBe(2);
  let told = 0;
  const watcher = {
    userId: 'ben',
    offer: (changes: readonly unknown[]) => void (told += changes.length),
    fail: doNothing,
  };
  const { no } = await db.selectFrom('conversations').select('no').executeTakeFirstOrThrow();
  hub.add(watcher);
  hub.watch(watcher, new Set([BigInt(no)]));
  for (let index = 0; index < 6; index += 1) {
    await anna('MESSAGE_SEND', {
      id: randomUUID(),
      conversationUrn,
      senderId: 'anna',
      typeId: 'text/plain',
      sentTimestamp: new Date(START).toISOString(),
      payloadText: `text ${index} ${'x'.repeat(900_000)}`,
    });
  }
  await expect.poll(() => told).toBeGreaterThanOrEqual(6);
  answer();
  const stream = await opening;
  const reader = stream.body.getReader();
  const decoder = new TextDecoder();
  const heard = new Set<string>();
  for (let text = ''; !text.includes('event: caught-up');) {
    const { value } = await reader.read();
    text = decoder.decode(value);
    for (const [found] of text.matchAll(/text \d /g)) heard.add(found);
  }
  expect([...heard].toSorted()).toEqual([0, 1, 2, 3, 4, 5].map((index) => `text ${index} `));
  stream.end('shutdown');
  await hub.stop();
  await database.close();
});
