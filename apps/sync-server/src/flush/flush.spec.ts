import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE_KINDS, openTestDatabase, type TestDatabase } from '../testing/test-databases.ts';
import { TestPerson } from '../testing/test-person.ts';
import { createConversation, startTestWorld, type TestWorld } from '../testing/test-world.ts';

const HOUR = 60 * 60 * 1000;

describe.each(DATABASE_KINDS)('flush on %s', (kind) => {
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

  const twoPeople = async () => {
    const anna = await world.person('anna');
    const ben = await world.person('ben');
    return { anna, ben, urn: await createConversation(anna, ben) };
  };

  it('carries a message to the others, as it was', async () => {
    const { anna, ben, urn } = await twoPeople();
    const message = anna.message(urn, 'grün 🥦 "quoted" \\ \n', {
      tags: ['', 'pinned'],
      expiresAt: '2030-01-01T00:00:00.000Z',
      replyTo: { id: 'x', nested: [1, null] },
    });
    const operation = anna.op('MESSAGE_SEND', message);
    expect(await anna.outcomes(operation)).toEqual(['applied']);
    const { changes } = await ben.pull();
    expect(changes).toContainEqual({
      kind: 'message',
      message: { ...message, stamp: operation.stamp },
    });
  });

  it('carries payloads that are no text, and text with U+0000', async () => {
    const { anna, ben, urn } = await twoPeople();
    const bytes = anna.message(urn, '', { payloadText: undefined, payloadBytes: '/wD+' });
    const zero = anna.message(urn, 'a\u0000b');
    await anna.flush(anna.op('MESSAGE_SEND', bytes), anna.op('MESSAGE_SEND', zero));
    const payloads = (await ben.pull()).changes.flatMap((change) =>
      change.kind === 'message' ? [change.message] : [],
    );
    expect(payloads).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: bytes.id, payloadBytes: '/wD+' }),
        expect.objectContaining({
          id: zero.id,
          payloadBytes: Buffer.from('a\u0000b').toString('base64'),
        }),
      ]),
    );
  });

  it('changes nothing when the same batch comes again', async () => {
    const { anna, ben, urn } = await twoPeople();
    const message = anna.message(urn, 'once');
    const ref = {
      conversationUrn: urn,
      sentTimestamp: message.sentTimestamp,
      messageId: message.id,
    };
    const story = {
      id: randomUUID(),
      conversationUrn: urn,
      senderId: anna.userId,
      typeId: 't',
      postedAt: anna.now,
      payloadText: 's',
    };
    const batch = [
      anna.op('MESSAGE_SEND', message),
      anna.op('REACTION_SET', { ...ref, senderId: anna.userId, emoji: '👍' }),
      anna.op('STORY_POST', story),
      anna.op('READ_SET', { conversationUrn: urn, upTo: anna.now }),
      anna.op('CONVERSATION_RENAME', { conversationUrn: urn, title: 'Us' }),
      anna.op('MEMBER_SET', { conversationUrn: urn, userId: 'carl', role: 'member' }),
    ];
    expect(await anna.outcomes(...batch)).toEqual(batch.map(() => 'applied'));
    const { cursor } = await ben.pull();
    expect(await anna.outcomes(...batch)).toEqual(batch.map(() => 'duplicate'));
    expect((await ben.pull(cursor)).changes).toEqual([]);
  });

  it('answers a repeated operation within one batch', async () => {
    const { anna, urn } = await twoPeople();
    const operation = anna.op('MESSAGE_SEND', anna.message(urn, 'twice'));
    expect((await anna.outcomes(operation, operation)).toSorted()).toEqual([
      'applied',
      'duplicate',
    ]);
  });

  it('sends, edits, reacts and deletes in one batch', async () => {
    const { anna, ben, urn } = await twoPeople();
    const message = anna.message(urn, 'first');
    const ref = {
      conversationUrn: urn,
      sentTimestamp: message.sentTimestamp,
      messageId: message.id,
    };
    const batch = [
      anna.op('MESSAGE_SEND', message),
      anna.op('MESSAGE_EDIT', { ...message, payloadText: 'second' }),
      anna.op('MESSAGE_EDIT', { ...message, payloadText: 'third' }),
      anna.op('REACTION_SET', { ...ref, senderId: anna.userId, emoji: '😀' }),
      anna.op('MESSAGE_DELETE', { ...ref, deletedAt: anna.now }),
    ];
    expect(await anna.outcomes(...batch)).toEqual([
      'applied',
      'superseded',
      'applied',
      'applied',
      'applied',
    ]);
    const { changes } = await ben.pull();
    expect(changes).toContainEqual({
      kind: 'tombstone',
      tombstone: { ...ref, deletedAt: anna.now, stamp: batch[4]?.stamp },
    });
  });

  it('lets the later edit win, in whatever order they come', async () => {
    const { anna, ben, urn } = await twoPeople();
    const message = anna.message(urn, 'first');
    const sent = anna.op('MESSAGE_SEND', message);
    const early = anna.op('MESSAGE_EDIT', { ...message, payloadText: 'early' });
    const late = anna.op('MESSAGE_EDIT', { ...message, payloadText: 'late' });
    expect(await anna.outcomes(sent, late)).toEqual(['applied', 'applied']);
    expect(await anna.outcomes(early)).toEqual(['superseded']);
    expect(JSON.stringify((await ben.pull()).changes)).toContain('"late"');
  });

  it('does not bring back what was deleted', async () => {
    const { anna, ben, urn } = await twoPeople();
    const message = anna.message(urn, 'gone');
    const ref = {
      conversationUrn: urn,
      sentTimestamp: message.sentTimestamp,
      messageId: message.id,
    };
    const sent = anna.op('MESSAGE_SEND', message);
    await anna.flush(sent, anna.op('MESSAGE_DELETE', { ...ref, deletedAt: anna.now }));
    expect(await anna.outcomes(sent)).toEqual(['superseded']);
    expect(JSON.stringify((await ben.pull()).changes)).not.toContain('gone');
  });

  it('keeps a deletion that comes before its message', async () => {
    const { anna, urn } = await twoPeople();
    const message = anna.message(urn, 'late');
    const sent = anna.op('MESSAGE_SEND', message);
    const deletion = anna.op('MESSAGE_DELETE', {
      conversationUrn: urn,
      sentTimestamp: message.sentTimestamp,
      messageId: message.id,
      deletedAt: anna.now,
    });
    expect(await anna.outcomes(deletion)).toEqual(['applied']);
    expect(await anna.outcomes(sent)).toEqual(['superseded']);
  });

  it('keeps one reaction of a person to a message', async () => {
    const { anna, ben, urn } = await twoPeople();
    const message = anna.message(urn, 'hi');
    const ref = {
      conversationUrn: urn,
      sentTimestamp: message.sentTimestamp,
      messageId: message.id,
      senderId: ben.userId,
    };
    await anna.flush(anna.op('MESSAGE_SEND', message));
    const thumb = ben.op('REACTION_SET', { ...ref, emoji: '👍' });
    const heart = ben.op('REACTION_SET', { ...ref, emoji: '❤️' });
    expect(await ben.outcomes(heart)).toEqual(['applied']);
    expect(await ben.outcomes(thumb)).toEqual(['superseded']);
    const reactions = async () =>
      (await anna.pull()).changes.flatMap((change) =>
        change.kind === 'reaction' ? [change.reaction.emoji] : [],
      );
    expect(await reactions()).toEqual(['❤️']);
    const { senderId: _sender, ...own } = ref;
    await ben.flush(ben.op('REACTION_REMOVE', { ...own, senderId: ben.userId }));
    expect(await reactions()).toEqual([null]);
  });

  it('refuses a reaction to what was deleted or never there, but lets one be taken back', async () => {
    const { anna, ben, urn } = await twoPeople();
    const message = anna.message(urn, 'hi');
    const ref = {
      conversationUrn: urn,
      sentTimestamp: message.sentTimestamp,
      messageId: message.id,
    };
    const by = { ...ref, senderId: ben.userId };
    await anna.flush(anna.op('MESSAGE_SEND', message));
    await ben.flush(ben.op('REACTION_SET', { ...by, emoji: '👍' }));
    await anna.flush(anna.op('MESSAGE_DELETE', { ...ref, deletedAt: anna.now }));
    expect(
      await ben.outcomes(
        ben.op('REACTION_SET', { ...by, emoji: '😢' }),
        ben.op('REACTION_SET', { ...by, messageId: randomUUID(), emoji: '😢' }),
      ),
    ).toEqual(['message-deleted', 'unknown-message']);
    expect(await ben.outcomes(ben.op('REACTION_REMOVE', by))).toEqual(['applied']);
  });

  it('keeps the read marker from going back, on whichever device', async () => {
    const { anna, ben, urn } = await twoPeople();
    const early = new Date(world.timers.now() - HOUR).toISOString();
    const late = anna.now;
    expect(await anna.outcomes(anna.op('READ_SET', { conversationUrn: urn, upTo: late }))).toEqual([
      'applied',
    ]);
    expect(await anna.outcomes(anna.op('READ_SET', { conversationUrn: urn, upTo: early }))).toEqual(
      ['superseded'],
    );
    const reads = ({ changes }: { changes: readonly { kind: string }[] }) =>
      changes.filter((change) => change.kind === 'read');
    expect(reads(await anna.pull())).toEqual([
      { kind: 'read', read: { conversationUrn: urn, upTo: late } },
    ]);
    expect(reads(await ben.pull())).toEqual([]);
  });

  it('says the time to a device whose clock is wrong, and takes the rest of the batch', async () => {
    const { anna, urn } = await twoPeople();
    const at = (ms: number) => new Date(world.timers.now() + ms).toISOString();
    const year = 365 * 24 * HOUR;
    const far = (world.timers.now() + 25 * HOUR).toString(16).padStart(12, '0');
    const stamp = `${far}-0000-${'a'.repeat(16)}` as ReturnType<typeof anna.clock.now>;
    const results = await anna.flush(
      anna.op('MESSAGE_SEND', anna.message(urn, 'past', { sentTimestamp: at(-year) })),
      anna.op('MESSAGE_SEND', anna.message(urn, 'future', { sentTimestamp: at(10 * year) })),
      anna.op('MESSAGE_SEND', anna.message(urn, 'stamp'), { stamp }),
      anna.op('READ_SET', { conversationUrn: urn, upTo: at(25 * HOUR) }),
      anna.op('MESSAGE_SEND', anna.message(urn, 'near', { sentTimestamp: at(23 * HOUR) })),
      anna.op('MESSAGE_SEND', anna.message(urn, 'late', { sentTimestamp: at(-23 * HOUR) })),
    );
    expect(results.map((result) => result.status)).toEqual([
      'rejected',
      'rejected',
      'rejected',
      'rejected',
      'applied',
      'applied',
    ]);
    for (const result of results.slice(0, 4)) {
      expect(result).toMatchObject({ reason: 'clock-drift', serverTime: anna.now });
    }
  });

  it('edits what is older than a day', async () => {
    const { anna, urn } = await twoPeople();
    const message = anna.message(urn, 'old');
    await anna.flush(anna.op('MESSAGE_SEND', message));
    world.timers.advance(48 * HOUR);
    // The token of before is over.
    const renewed = await TestPerson.signIn(world.server.url, anna.userId, world.timers);
    expect(
      await renewed.outcomes(
        renewed.op('MESSAGE_EDIT', { ...message, payloadText: 'new' }),
        renewed.op('MESSAGE_SEND', { ...message, id: randomUUID() }),
      ),
    ).toEqual(['applied', 'clock-drift']);
  });

  it('knows a message and a story again that come a day later, because the answer was lost', async () => {
    const { anna, ben, urn } = await twoPeople();
    const message = anna.message(urn, 'once');
    const sent = anna.op('MESSAGE_SEND', message);
    const edited = anna.op('MESSAGE_EDIT', { ...message, payloadText: 'edited' });
    const other = anna.op('MESSAGE_SEND', anna.message(urn, 'other'));
    const never = anna.op('MESSAGE_SEND', anna.message(urn, 'never came'));
    const foreign = ben.op('MESSAGE_SEND', { ...message, senderId: ben.userId });
    await anna.flush(sent, edited, other);
    world.timers.advance(25 * HOUR);
    const again = await TestPerson.signIn(world.server.url, anna.userId, world.timers);
    const { cursor } = await again.pull();
    expect(await again.outcomes(sent, other, never)).toEqual([
      'superseded',
      'duplicate',
      'clock-drift',
    ]);
    const benAgain = await TestPerson.signIn(world.server.url, ben.userId, world.timers);
    expect(await benAgain.outcomes(foreign)).toEqual(['clock-drift']);
    expect((await again.pull(cursor)).changes).toEqual([]);
  });

  it('answers a malformed operation without holding up the others', async () => {
    const { anna, urn } = await twoPeople();
    const good = anna.op('MESSAGE_SEND', anna.message(urn, 'fine'));
    const bad = anna.op('MESSAGE_SEND', anna.message(urn, 'bad', { sentTimestamp: 'yesterday' }));
    const results = await anna.flush(bad, good);
    expect(results[0]).toMatchObject({
      opId: bad.opId,
      status: 'rejected',
      reason: 'malformed',
      field: 'payload.sentTimestamp',
    });
    expect(results[1]).toEqual({ opId: good.opId, status: 'applied' });
    expect(JSON.stringify(results)).not.toContain('yesterday');
  });

  it('needs as many statements for 500 operations as for a few', async () => {
    const { anna, urn } = await twoPeople();
    const batchOf = (count: number) => {
      return Array.from({ length: count / 5 }, (_, index) => {
        const message = anna.message(urn, `${index}`);
        const ref = {
          conversationUrn: urn,
          sentTimestamp: message.sentTimestamp,
          messageId: message.id,
        };
        return [
          anna.op('MESSAGE_SEND', message),
          anna.op('MESSAGE_EDIT', { ...message, payloadText: 'e' }),
          anna.op('REACTION_SET', { ...ref, senderId: anna.userId, emoji: '👍' }),
          anna.op('READ_SET', { conversationUrn: urn, upTo: anna.now }),
          anna.op('MESSAGE_DELETE', { ...ref, deletedAt: anna.now }),
        ];
      }).flat();
    };
    const sends = async (count: number) => {
      const batch = Array.from({ length: count }, () =>
        anna.op('MESSAGE_SEND', anna.message(urn, 'x')),
      );
      database.takeStatements();
      await anna.flush(...batch);
      return countFlush(database.takeStatements());
    };
    expect(await sends(1)).toBe(1);
    expect(await sends(500)).toBe(1);
    await anna.flush(anna.op('READ_SET', { conversationUrn: urn, upTo: anna.now }));
    const mixed = async (count: number) => {
      const batch = batchOf(count);
      database.takeStatements();
      await anna.flush(...batch);
      return countFlush(database.takeStatements());
    };
    // Send, edit, react, delete and read, and one that finds out why the read marker changed nothing.
    expect(await mixed(5)).toBe(6);
    expect(await mixed(500)).toBe(6);
  });

  it('takes batches of several people at once', async () => {
    const { anna, ben, urn } = await twoPeople();
    const batches = Array.from({ length: 10 }, (_, index) => {
      const person = index % 2 === 0 ? anna : ben;
      return person.outcomes(
        ...Array.from({ length: 50 }, () => person.op('MESSAGE_SEND', person.message(urn, 'x'))),
      );
    });
    expect(new Set((await Promise.all(batches)).flat())).toEqual(new Set(['applied']));
    const { changes } = await anna.pull(undefined, 100);
    expect(changes.filter(({ kind: of }) => of === 'message')).toHaveLength(500);
  });
});

/** The statements of a flush, without those by which the hub looks for changes and the sweep for ended stories meanwhile. */
const countFlush = (statements: readonly string[]): number =>
  statements.filter((text) => !/pg_snapshot_xmin|^delete from "stories"/.test(text)).length;
