import { randomUUID } from 'node:crypto';
import { type Operation } from '@chat-vault/live-sync/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE_KINDS, openTestDatabase, type TestDatabase } from './testing/test-databases.ts';
import { problemOf, type TestPerson } from './testing/test-person.ts';
import { createConversation, startTestWorld, type TestWorld } from './testing/test-world.ts';

/** A conversation with everybody who could want something of it, and a message and a story of its owner. */
interface Scene {
  readonly urn: string;
  readonly owner: TestPerson;
  readonly member: TestPerson;
  readonly former: TestPerson;
  readonly stranger: TestPerson;
  readonly message: ReturnType<TestPerson['message']>;
  readonly ref: { conversationUrn: string; sentTimestamp: string; messageId: string };
  readonly storyId: string;
}

type Who = 'owner' | 'member' | 'former' | 'stranger';
type Do = (who: TestPerson, scene: Scene) => Operation;

const NO = 'not-a-member';

/** Who may do what (docs/protocol.md): each cell is a test, on each database. */
const TABLE: readonly (readonly [string, Do, Readonly<Record<Who, string>>])[] = [
  [
    'sends a message',
    (who, { urn }) => who.op('MESSAGE_SEND', who.message(urn, 'hi')),
    { owner: 'applied', member: 'applied', former: NO, stranger: NO },
  ],
  [
    "sends a message in somebody else's name",
    (who, { urn }) => who.op('MESSAGE_SEND', who.message(urn, 'hi', { senderId: 'zoe' })),
    {
      owner: 'not-the-sender',
      member: 'not-the-sender',
      former: 'not-the-sender',
      stranger: 'not-the-sender',
    },
  ],
  [
    "edits the owner's message",
    (who, { message }) =>
      who.op('MESSAGE_EDIT', { ...message, senderId: who.userId, payloadText: 'mine' }),
    { owner: 'applied', member: 'not-the-author', former: NO, stranger: NO },
  ],
  [
    "sends over the owner's message",
    (who, { message }) => who.op('MESSAGE_SEND', { ...message, senderId: who.userId }),
    { owner: 'applied', member: 'not-the-author', former: NO, stranger: NO },
  ],
  [
    'edits a message that is not there',
    (who, { urn }) => who.op('MESSAGE_EDIT', who.message(urn, 'hi')),
    { owner: 'unknown-message', member: 'unknown-message', former: NO, stranger: NO },
  ],
  [
    "deletes the owner's message",
    (who, { ref }) => who.op('MESSAGE_DELETE', { ...ref, deletedAt: who.now }),
    { owner: 'applied', member: 'not-the-author', former: NO, stranger: NO },
  ],
  [
    'reacts',
    (who, { ref }) => who.op('REACTION_SET', { ...ref, senderId: who.userId, emoji: '👍' }),
    { owner: 'applied', member: 'applied', former: NO, stranger: NO },
  ],
  [
    "reacts in somebody else's name",
    (who, { ref }) => who.op('REACTION_SET', { ...ref, senderId: 'zoe', emoji: '👍' }),
    {
      owner: 'not-the-sender',
      member: 'not-the-sender',
      former: 'not-the-sender',
      stranger: 'not-the-sender',
    },
  ],
  [
    'takes a reaction back',
    (who, { ref }) => who.op('REACTION_REMOVE', { ...ref, senderId: who.userId }),
    { owner: 'applied', member: 'applied', former: NO, stranger: NO },
  ],
  [
    "takes somebody else's reaction back",
    (who, { ref }) => who.op('REACTION_REMOVE', { ...ref, senderId: 'zoe' }),
    {
      owner: 'not-the-sender',
      member: 'not-the-sender',
      former: 'not-the-sender',
      stranger: 'not-the-sender',
    },
  ],
  [
    'posts a story',
    (who, { urn }) => who.op('STORY_POST', story(who, urn)),
    { owner: 'applied', member: 'applied', former: NO, stranger: NO },
  ],
  [
    "posts a story in somebody else's name",
    (who, { urn }) => who.op('STORY_POST', { ...story(who, urn), senderId: 'zoe' }),
    {
      owner: 'not-the-sender',
      member: 'not-the-sender',
      former: 'not-the-sender',
      stranger: 'not-the-sender',
    },
  ],
  [
    "posts over the owner's story",
    (who, { urn, storyId }) => who.op('STORY_POST', { ...story(who, urn), id: storyId }),
    { owner: 'applied', member: 'not-the-author', former: NO, stranger: NO },
  ],
  [
    "deletes the owner's story",
    (who, { urn, storyId }) => who.op('STORY_DELETE', { conversationUrn: urn, id: storyId }),
    { owner: 'applied', member: 'not-the-author', former: NO, stranger: NO },
  ],
  [
    'renames the conversation',
    (who, { urn }) => who.op('CONVERSATION_RENAME', { conversationUrn: urn, title: 'Ours' }),
    { owner: 'applied', member: 'applied', former: NO, stranger: NO },
  ],
  [
    'creates it again',
    (who, { urn }) =>
      who.op('CONVERSATION_CREATE', { conversationUrn: urn, title: null, memberIds: [who.userId] }),
    { owner: 'duplicate', member: 'duplicate', former: NO, stranger: NO },
  ],
  [
    'adds a person',
    (who, { urn }) => who.op('MEMBER_SET', { conversationUrn: urn, userId: 'zoe', role: 'member' }),
    { owner: 'applied', member: 'not-an-owner', former: NO, stranger: NO },
  ],
  [
    'adds themselves',
    (who, { urn }) =>
      who.op('MEMBER_SET', { conversationUrn: urn, userId: who.userId, role: 'owner' }),
    { owner: 'applied', member: 'not-an-owner', former: NO, stranger: NO },
  ],
  [
    'removes another member',
    (who, { urn, member, owner }) => {
      const userId = who === member ? owner.userId : member.userId;
      return who.op('MEMBER_REMOVE', { conversationUrn: urn, userId });
    },
    { owner: 'applied', member: 'not-an-owner', former: NO, stranger: NO },
  ],
  [
    'leaves',
    (who, { urn }) => who.op('MEMBER_REMOVE', { conversationUrn: urn, userId: who.userId }),
    { owner: 'applied', member: 'applied', former: NO, stranger: NO },
  ],
  [
    'says how far they have read',
    (who, { urn }) => who.op('READ_SET', { conversationUrn: urn, upTo: who.now }),
    { owner: 'applied', member: 'applied', former: NO, stranger: NO },
  ],
];

const story = (who: TestPerson, conversationUrn: string) => ({
  id: randomUUID() as string,
  conversationUrn,
  senderId: who.userId,
  typeId: 'text/plain',
  postedAt: who.now,
  payloadText: 'sun',
});

/** Whoever may least comes first, so that the cells of a row can share a scene. */
const ORDER: readonly Who[] = ['stranger', 'former', 'member', 'owner'];

const CELLS = TABLE.flatMap(([title, act, outcomes]) =>
  ORDER.map((who) => ({ title, act, who, outcome: outcomes[who] })),
);

describe.each(DATABASE_KINDS)('who may do what on %s', (kind) => {
  let database: TestDatabase;
  let world: TestWorld;
  let people: Pick<Scene, Who>;

  beforeAll(async () => {
    database = await openTestDatabase(kind);
    world = await startTestWorld(database);
    people = {
      owner: await world.person('owner'),
      member: await world.person('member'),
      former: await world.person('former'),
      stranger: await world.person('stranger'),
    };
  });
  afterAll(async () => {
    await world.close();
    await database.close();
  });

  const scenes = new Map<string, Promise<Scene>>();
  const sceneOf = (title: string): Promise<Scene> => {
    const made = scenes.get(title) ?? scene();
    scenes.set(title, made);
    return made;
  };
  const scene = async (): Promise<Scene> => {
    const { owner, member, former } = people;
    const urn = await createConversation(owner, member, former);
    const message = owner.message(urn, 'secret');
    const posted = story(owner, urn);
    await owner.flush(
      owner.op('MESSAGE_SEND', message),
      owner.op('STORY_POST', posted),
      owner.op('MEMBER_REMOVE', { conversationUrn: urn, userId: former.userId }),
    );
    const { sentTimestamp, id: messageId } = message;
    const ref = { conversationUrn: urn, sentTimestamp, messageId };
    world.timers.advance(1);
    return { ...people, urn, message, ref, storyId: posted.id };
  };

  it.each(CELLS)('$who $title: $outcome', async ({ title, act, who, outcome }) => {
    const made = await sceneOf(title);
    world.timers.advance(1);
    const { cursor } = await made.owner.pull();
    expect(await made[who].outcomes(act(made[who], made))).toEqual([outcome]);
    const { changes } = await made.owner.pull(cursor);
    if (outcome !== 'applied') expect(changes).toEqual([]);
  });

  it.each([
    ['owner', true],
    ['member', true],
    ['former', false],
    ['stranger', false],
  ] as const)('%s reads the conversation: %s', async (who, isAllowed) => {
    const { urn, message, ...all } = await scene();
    const { changes } = await all[who].pull();
    expect(JSON.stringify(changes).includes(message.id)).toBe(isAllowed);
    const stream = await all[who].live();
    const missed = await stream.until('caught-up');
    expect(JSON.stringify(missed.changes).includes(message.id)).toBe(isAllowed);
    // What is said afterwards, and then something that everybody may hear.
    const after = all.owner.message(urn, 'after');
    await all.owner.flush(all.owner.op('MESSAGE_SEND', after));
    const own = await createConversation(all[who]);
    const heard: unknown[] = [];
    while (!JSON.stringify(heard).includes(own)) heard.push(await stream.next());
    expect(JSON.stringify(heard).includes(after.id)).toBe(isAllowed);
    stream.close();
  });

  it('lets a member add people where there is no owner any more', async () => {
    const { urn, owner, member, former } = await scene();
    await owner.flush(owner.op('MEMBER_REMOVE', { conversationUrn: urn, userId: owner.userId }));
    const add = { conversationUrn: urn, userId: former.userId, role: 'owner' } as const;
    expect(await member.outcomes(member.op('MEMBER_SET', add))).toEqual(['applied']);
    expect(await member.outcomes(member.op('MEMBER_SET', add))).toEqual(['not-an-owner']);
  });

  it.each([
    ['POST', '/api/sync'],
    ['GET', '/api/sync'],
    ['GET', '/api/sync/live'],
  ])('lets nobody without a token at %s %s', async (method, path) => {
    for (const authorization of [
      '',
      'Bearer',
      'Bearer x',
      'Basic eDp5',
      `Bearer ${'a.'.repeat(9)}`,
    ]) {
      const response = await fetch(`${world.server.url}${path}`, {
        method,
        headers: { authorization },
      });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect((await problemOf(response)).code).toBe('unauthorized');
    }
  });

  it('lets nobody in whose token is over', async () => {
    const late = await world.person();
    world.timers.advance(60 * 60 * 1000);
    for (const path of ['/api/sync', '/api/sync/live']) {
      expect((await late.request(path)).status).toBe(401);
    }
    expect((await late.request('/api/sync', { method: 'POST', body: '{}' })).status).toBe(401);
  });
});
