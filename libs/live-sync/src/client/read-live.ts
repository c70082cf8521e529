import { type Operation } from '../protocol/operations.js';
import { type Story } from '../protocol/records.js';
import {
  isMember,
  type LiveConversationRow,
  mergeConversation,
  operationToConversationChanges,
} from '../store/conversation-row.js';
import { type LiveStore } from '../store/live-store.js';
import { storyId } from '../store/live-tables.js';
import { type RejectedRow } from '../store/outbox.js';
import { isStory, mergeStory, operationToStory, type StoryRow } from '../store/story-row.js';
import { type LiveConversation, type OutgoingOperation } from './live-sync.js';

/** The conversations of the person, with what waits to be sent. */
export async function readConversations(store: LiveStore): Promise<readonly LiveConversation[]> {
  const known = await conversationRows(store);
  return [...known].flatMap(([conversationUrn, row]): LiveConversation[] => {
    if (!row.about || !isMember(row, store.userId)) return [];
    const { title, createdBy } = row.about;
    const members = [...row.members]
      .flatMap(([userId, { role }]) => (role === null ? [] : [{ userId, role }]))
      .sort((a, b) => (a.userId < b.userId ? -1 : 1));
    return [{ conversationUrn, title, createdBy, members, readUpTo: row.readUpTo ?? null }];
  });
}

/** The stories that have not ended, of conversations that the person is in. */
export async function readStories(
  store: LiveStore,
  conversationUrn: string | undefined,
): Promise<readonly Story[]> {
  const { storage, tables, userId } = store;
  const [rows, waiting, conversations] = await Promise.all([
    storage.rows(tables.stories),
    store.outbox(),
    conversationRows(store),
  ]);
  const stories = new Map(rows.map(({ id, value }) => [id, value as StoryRow]));
  for (const operation of waiting) {
    const story = operationToStory(operation, userId, store.now());
    if (!story) continue;
    const id = storyId(story.conversationUrn, story.id);
    stories.set(id, mergeStory(stories.get(id), story));
  }
  const now = new Date(store.now()).toISOString();
  return [...stories.values()]
    .filter(isStory)
    .filter(
      (story) =>
        story.expiresAt > now &&
        (conversationUrn === undefined || story.conversationUrn === conversationUrn) &&
        isMember(conversations.get(story.conversationUrn) ?? NOBODY, userId),
    )
    .sort((a, b) => (a.postedAt < b.postedAt ? -1 : a.postedAt > b.postedAt ? 1 : 0));
}

const NOBODY: LiveConversationRow = { members: new Map() };

/** What waits, then what was refused. */
export async function readOutgoing(store: LiveStore): Promise<readonly OutgoingOperation[]> {
  const [waiting, rejected] = await Promise.all([
    store.outbox(),
    store.storage.rows(store.tables.rejected),
  ]);
  return [
    ...waiting.map((operation) => ({ ...describe(operation), state: 'pending' as const })),
    ...rejected.map(({ value }) => {
      const { operation, reason, detail } = value as RejectedRow;
      return { ...describe(operation), state: 'rejected' as const, reason, detail };
    }),
  ];
}

function describe(operation: Operation) {
  const { opId, action, payload } = operation;
  const { conversationUrn } = payload;
  return { opId, action, conversationUrn, ...messageOf(operation) };
}

function messageOf({
  action,
  payload,
}: Operation): Pick<OutgoingOperation, 'messageId' | 'sentTimestamp'> {
  switch (action) {
    case 'MESSAGE_SEND':
    case 'MESSAGE_EDIT':
      return { messageId: payload.id, sentTimestamp: payload.sentTimestamp };
    case 'MESSAGE_DELETE':
    case 'REACTION_SET':
    case 'REACTION_REMOVE':
      return { messageId: payload.messageId, sentTimestamp: payload.sentTimestamp };
    default:
      return {};
  }
}

/** The rows of all conversations by URN, as they will be once all that waits is accepted. */
async function conversationRows(store: LiveStore): Promise<Map<string, LiveConversationRow>> {
  const { storage, tables, userId } = store;
  const [rows, waiting] = await Promise.all([storage.rows(tables.conversations), store.outbox()]);
  const known = new Map(rows.map(({ id, value }) => [id, value as LiveConversationRow]));
  for (const operation of waiting) {
    const urn = operation.payload.conversationUrn;
    const before = known.get(urn);
    for (const change of operationToConversationChanges(operation, before, userId)) {
      known.set(urn, mergeConversation(known.get(urn), change, userId));
    }
  }
  return known;
}
