import { type Change } from '@chat-vault/live-sync/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE_KINDS, openTestDatabase, type TestDatabase } from '../testing/test-databases.ts';
import { problemOf, TestPerson } from '../testing/test-person.ts';
import { createConversation, startTestWorld, type TestWorld } from '../testing/test-world.ts';

const kinds = (changes: readonly Change[]) => changes.map(({ kind }) => kind);
const texts = (changes: readonly Change[]) =>
  changes.flatMap((change) =>
    change.kind === 'message' ? [`${change.message['payloadText']}`] : [],
  );

describe.each(DATABASE_KINDS)('pull on %s', (kind) => {
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

  it('gives a new person nothing, and a cursor', async () => {
    const anna = await world.person();
    const { changes, cursor } = await anna.pull();
    expect(changes).toEqual([]);
    expect((await anna.pull(cursor)).changes).toEqual([]);
  });

  it('gives a new device everything, in pages of any size, each change once', async () => {
    const anna = await world.person();
    const ben = await world.person();
    const urns = [await createConversation(anna, ben), await createConversation(ben, anna)];
    const sent = Array.from({ length: 37 }, (_, index) => `text ${index}`);
    for (const [index, text] of sent.entries()) {
      await anna.flush(anna.op('MESSAGE_SEND', anna.message(urns[index % 2] ?? '', text)));
    }
    for (const limit of [1, 7, 500]) {
      const { changes, pages } = await ben.pull(undefined, limit);
      expect(texts(changes).toSorted()).toEqual(sent.toSorted());
      expect(changes).toHaveLength(2 + 4 + 37);
      // A notice that is sent meanwhile is a transaction too, and asks for one more page.
      expect([1, 2]).toContain(pages - Math.floor(43 / limit));
    }
  });

  it('gives what happened between the pages of a round, once', async () => {
    const anna = await world.person();
    const urn = await createConversation(anna);
    for (const text of ['a', 'b', 'c']) {
      await anna.flush(anna.op('MESSAGE_SEND', anna.message(urn, text)));
    }
    const first = await anna.page(undefined, 3);
    expect(first.hasMore).toBe(true);
    await anna.flush(anna.op('MESSAGE_SEND', anna.message(urn, 'meanwhile')));
    const { changes } = await anna.pull(first.cursor, 3);
    expect(texts([...first.changes, ...changes]).toSorted()).toEqual(['a', 'b', 'c', 'meanwhile']);
  });

  it('gives a person who comes in later all that was said before', async () => {
    const anna = await world.person();
    const ben = await world.person();
    const urn = await createConversation(anna);
    await anna.flush(anna.op('MESSAGE_SEND', anna.message(urn, 'before')));
    const { cursor } = await ben.pull();
    await anna.flush(
      anna.op('MEMBER_SET', { conversationUrn: urn, userId: ben.userId, role: 'member' }),
    );
    await anna.flush(anna.op('MESSAGE_SEND', anna.message(urn, 'after')));
    const { changes, cursor: next } = await ben.pull(cursor, 2);
    expect(texts(changes).toSorted()).toEqual(['after', 'before']);
    expect(kinds(changes)).toContain('conversation');
    expect((await ben.pull(next)).changes).toEqual([]);
  });

  it('tells a person who is removed that, and nothing more', async () => {
    const anna = await world.person();
    const ben = await world.person();
    const urn = await createConversation(anna, ben);
    const { cursor } = await ben.pull();
    const removal = anna.op('MEMBER_REMOVE', { conversationUrn: urn, userId: ben.userId });
    await anna.flush(removal);
    await anna.flush(anna.op('MESSAGE_SEND', anna.message(urn, 'secret')));
    const { changes } = await ben.pull(cursor);
    expect(changes).toEqual([
      {
        kind: 'member',
        member: { conversationUrn: urn, userId: ben.userId, role: null, stamp: removal.stamp },
      },
    ]);
    expect(texts((await ben.pull()).changes)).toEqual([]);
  });

  it('gives everything again to a person who comes back', async () => {
    const anna = await world.person();
    const ben = await world.person();
    const urn = await createConversation(anna, ben);
    const member = { conversationUrn: urn, userId: ben.userId };
    await anna.flush(anna.op('MEMBER_REMOVE', member));
    await anna.flush(anna.op('MESSAGE_SEND', anna.message(urn, 'missed')));
    const { cursor } = await ben.pull();
    await anna.flush(anna.op('MEMBER_SET', { ...member, role: 'member' }));
    expect(texts((await ben.pull(cursor)).changes)).toEqual(['missed']);
  });

  it('shows stories for 24 hours', async () => {
    const anna = await world.person();
    const urn = await createConversation(anna);
    const story = {
      id: crypto.randomUUID(),
      conversationUrn: urn,
      senderId: anna.userId,
      typeId: 'text/plain',
      postedAt: anna.now,
      payloadText: 'sun',
    };
    const expiresAt = new Date(world.timers.now() + 24 * 60 * 60 * 1000).toISOString();
    const posted = anna.op('STORY_POST', story);
    await anna.flush(posted);
    expect((await anna.pull()).changes).toContainEqual({
      kind: 'story',
      story: { ...story, expiresAt, stamp: posted.stamp },
    });
    const { cursor } = await anna.pull();
    const deleted = anna.op('STORY_DELETE', { conversationUrn: urn, id: story.id });
    expect(await anna.outcomes(deleted)).toEqual(['applied']);
    expect(kinds((await anna.pull(cursor)).changes)).toEqual(['story-deleted']);
    const other = { ...story, id: crypto.randomUUID() };
    expect(await anna.outcomes(anna.op('STORY_POST', other))).toEqual(['applied']);
    expect(kinds((await anna.pull()).changes)).toContain('story');
    world.timers.advance(24 * 60 * 60 * 1000);
    const later = await TestPerson.signIn(world.server.url, anna.userId, world.timers);
    expect(kinds((await later.pull()).changes)).not.toContain('story');
    const left = await database.db.selectFrom('stories').select('id').execute();
    expect(left).toEqual([]); // swept meanwhile
  });

  it('cuts a page by its bytes too, and loses nothing', async () => {
    const anna = await world.person();
    const urn = await createConversation(anna);
    const big = 'x'.repeat(600_000);
    for (const text of ['1', '2', '3']) {
      await anna.flush(anna.op('MESSAGE_SEND', anna.message(urn, `${text}${big}`)));
    }
    const first = await anna.page(undefined, 500);
    expect(first.hasMore).toBe(true);
    expect(JSON.stringify(first).length).toBeLessThan(1_300_000);
    expect(texts((await anna.pull()).changes).map((text) => text[0])).toEqual(['1', '2', '3']);
  });

  it('needs two statements, whatever it gives', async () => {
    const anna = await world.person();
    const urns: string[] = [];
    for (let index = 0; index < 5; index += 1) urns.push(await createConversation(anna));
    await anna.flush(
      ...Array.from({ length: 200 }, (_, index) =>
        anna.op('MESSAGE_SEND', anna.message(urns[index % 5] ?? '', 'x')),
      ),
    );
    const { cursor } = await anna.pull();
    // Without those by which the hub looks for changes and the sweep for ended stories meanwhile.
    const taken = () =>
      database
        .takeStatements()
        .filter((text) => !/is_settled|AS xmin|^delete from "stories"/.test(text));
    taken();
    expect((await anna.page()).changes.length).toBeGreaterThan(200);
    expect(taken()).toHaveLength(2);
    expect((await anna.page(cursor)).changes).toEqual([]);
    expect(taken()).toHaveLength(2);
  });

  it.each(['x', '1', '1.2', '1.2.3.4', '-1.2.3', '1.2.99999999999999999999', '1.2.3.4.5.6'])(
    'refuses the cursor "%s"',
    async (since) => {
      const anna = await world.person();
      const response = await anna.request(`/api/sync?since=${since}`);
      expect(response.status).toBe(400);
      expect((await problemOf(response)).code).toBe('malformed');
    },
  );

  it.each([
    ['another lifetime of the database', '7.5.0'],
    ['a database that was further', '1.9000000000000000000.0'],
    ['a round that was further', '1.1.0.9000000000000000000.1.1.1'],
  ])('ends a cursor of %s', async (_title, since) => {
    const anna = await world.person();
    const response = await anna.request(`/api/sync?since=${since}`);
    expect(response.status).toBe(410);
    expect((await problemOf(response)).code).toBe('cursor-expired');
    expect((await anna.request(`/api/sync/live?since=${since}`)).status).toBe(410);
  });
});
