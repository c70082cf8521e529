import { randomUUID } from 'node:crypto';
import { mergeContents, type Stamp } from '@chat-vault/core';
import { recordToJson } from '@chat-vault/core/records';
import { changesToContent, type Change, type Operation } from '@chat-vault/live-sync/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flush } from './flush/flush.ts';
import { pull } from './pull/pull.ts';
import { DATABASE_KINDS, openTestDatabase, type TestDatabase } from './testing/test-databases.ts';
import { START } from './testing/test-world.ts';

const SENT = new Date(START).toISOString();

/** A version of one of a few messages: what it is, under which of a few stamps, and in which batch it comes. */
interface Version {
  readonly message: number;
  readonly stamp: number;
  readonly kind: 'send' | 'delete' | 'react' | 'take-back';
  readonly batch: number;
}

const version: fc.Arbitrary<Version> = fc.record({
  message: fc.integer({ min: 0, max: 2 }),
  stamp: fc.integer({ min: 0, max: 5 }),
  kind: fc.constantFrom('send', 'send', 'delete', 'react', 'take-back'),
  batch: fc.integer({ min: 0, max: 3 }),
});

/** Equal stamps make equal content of one kind, as on a device that does nothing twice; of different kinds they may meet. */
function operationOf(
  { message, stamp, kind }: Version,
  urn: string,
  ids: readonly string[],
): Operation {
  const id = ids[message] ?? '';
  const ref = { conversationUrn: urn, sentTimestamp: SENT, messageId: id };
  const ms = (START - 1000 + stamp).toString(16).padStart(12, '0');
  const base = {
    opId: randomUUID(),
    timestamp: START,
    stamp: `${ms}-0000-${'a'.repeat(16)}` as Stamp,
  };
  const by = { ...ref, senderId: 'anna' };
  switch (kind) {
    case 'send':
      return {
        ...base,
        action: 'MESSAGE_SEND',
        payload: {
          id,
          conversationUrn: urn,
          senderId: 'anna',
          typeId: 'text/plain',
          sentTimestamp: SENT,
          payloadText: `version ${stamp}`,
        },
      };
    case 'delete':
      return { ...base, action: 'MESSAGE_DELETE', payload: { ...ref, deletedAt: SENT } };
    case 'react':
      return { ...base, action: 'REACTION_SET', payload: { ...by, emoji: `${stamp}` } };
    case 'take-back':
      return { ...base, action: 'REACTION_REMOVE', payload: by };
  }
}

const changeOf = ({ action, payload, stamp }: Operation): Change[] => {
  switch (action) {
    case 'MESSAGE_SEND':
      return [{ kind: 'message', message: { ...payload, stamp } }];
    case 'MESSAGE_DELETE':
      return [{ kind: 'tombstone', tombstone: { ...payload, stamp } }];
    case 'REACTION_SET':
      return [{ kind: 'reaction', reaction: { ...payload, stamp } }];
    case 'REACTION_REMOVE':
      return [{ kind: 'reaction', reaction: { ...payload, emoji: null, stamp } }];
    default:
      return [];
  }
};

/** What core's rule makes of some changes, as JSON. */
const merged = (changes: readonly Change[]) => {
  const { messages, tombstones, reactions } = mergeContents(
    changes.map((change) => changesToContent([change])),
  );
  return [...messages, ...tombstones, ...reactions].map(recordToJson);
};

describe.each(DATABASE_KINDS)('what %s keeps', (kind) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase(kind);
  });
  afterAll(() => database.close());

  it('is what core makes of all that it took over, in whatever order and batches it came', async () => {
    const actor = { userId: 'anna', now: START };
    await fc.assert(
      fc.asyncProperty(fc.array(version, { maxLength: 25 }), async (versions) => {
        const { db } = database;
        const urn = `urn:chat:${randomUUID()}`;
        const ids = [randomUUID(), randomUUID(), randomUUID()];
        const create = {
          opId: randomUUID(),
          action: 'CONVERSATION_CREATE',
          payload: { conversationUrn: urn, title: null, memberIds: [] },
          timestamp: START,
          stamp: `${'0'.repeat(12)}-0000-${'a'.repeat(16)}`,
        };
        await flush(db, [create], actor);
        const before = await pullAll(db);
        const taken: Change[] = [];
        for (const batch of [0, 1, 2, 3]) {
          const operations = versions
            .filter((one) => one.batch === batch)
            .map((one) => operationOf(one, urn, ids));
          const results = await flush(db, operations, actor);
          for (const [index, result] of results.entries()) {
            const operation = operations[index];
            if (operation && result.status !== 'rejected') taken.push(...changeOf(operation));
          }
        }
        const { changes } = await pullAll(db, before.cursor);
        expect(merged(changes)).toEqual(merged(taken));
        expect(changes).toHaveLength(merged(changes).length);
      }),
      { seed: 11, numRuns: 40 },
    );
  });

  const pullAll = async (
    db: TestDatabase['db'],
    cursor?: Awaited<ReturnType<typeof pull>>['cursor'],
  ) => {
    const page = await pull(db, {
      userId: 'anna',
      ...(cursor ? { cursor } : {}),
      limit: 1000,
      now: START,
    });
    return { changes: page.changes.map((json) => JSON.parse(json) as Change), cursor: page.cursor };
  };
});
