import { type RowChange, type RowContext } from '@chat-vault/chat-storage';
import { type Stamp } from '@chat-vault/core';
import { type Change } from '../protocol/changes.js';
import { changesToContent } from '../protocol/changes-to-content.js';
import {
  type ConversationChange,
  conversationOf,
  isMember,
  type LiveConversationRow,
  mergeConversation,
} from './conversation-row.js';
import { type LiveStore } from './live-store.js';
import { storyId } from './live-tables.js';
import { changeToStory, isStory, mergeStory, type StoryRow } from './story-row.js';

/** Merges changes of the server and moves the cursor behind them, in one transaction. */
export async function applyChanges(
  store: LiveStore,
  changes: readonly Change[],
  cursor: string,
): Promise<void> {
  const { storage, tables, userId } = store;
  const content = changesToContent(changes);
  const urns = new Set(changes.flatMap((change) => conversationOf(change) ?? []));
  const stories = newestStories(changes, store.now());
  const left = await storiesOfLeft(store, changes);
  const reads = await readMarkers(store, changes);
  const rows = store.fenced({
    reads: [
      ...[...urns].map((id) => ({ table: tables.conversations, id })),
      ...[...stories.keys()].map((id) => ({ table: tables.stories, id })),
    ],
    change: (context) => {
      for (const stamp of liveStamps(changes)) context.observe(stamp as Stamp);
      const merged = mergeConversations(context, store, changes);
      const isLeft = (urn: string) => {
        const row = merged.get(urn);
        return row !== undefined && !isMember(row, userId);
      };
      const storyChanges = [...stories].map(([id, story]): RowChange => {
        const known = context.row(tables.stories, id) as StoryRow | undefined;
        const value = isLeft(story.conversationUrn) ? undefined : mergeStory(known, story);
        return { table: tables.stories, id, value };
      });
      return [
        store.cursorChange(cursor),
        ...[...merged].map(([id, value]) => ({ table: tables.conversations, id, value })),
        ...storyChanges,
        ...left
          .filter(({ urn, id }) => isLeft(urn) && !stories.has(id))
          .map(({ id }) => ({ table: tables.stories, id, value: undefined })),
      ];
    },
  });
  await storage.apply(content, { reads, rows });
}

/** Removes stories that have ended. */
export async function sweepStories(store: LiveStore): Promise<void> {
  const { storage, tables } = store;
  const now = new Date(store.now()).toISOString();
  const ended = (await storage.rows(tables.stories)).filter(
    ({ value }) => (value as StoryRow).expiresAt <= now,
  );
  if (ended.length === 0) return;
  await store.write({
    change: () => ended.map(({ table, id }) => ({ table, id, value: undefined })),
  });
}

function mergeConversations(
  context: RowContext,
  { tables, userId }: LiveStore,
  changes: readonly Change[],
): ReadonlyMap<string, LiveConversationRow> {
  const merged = new Map<string, LiveConversationRow>();
  for (const change of changes) {
    const urn = conversationOf(change);
    if (urn === undefined) continue;
    const known =
      merged.get(urn) ??
      (context.row(tables.conversations, urn) as LiveConversationRow | undefined);
    merged.set(urn, mergeConversation(known, change as ConversationChange, userId));
  }
  return merged;
}

/** Of each story the version that wins, without those that have ended. */
function newestStories(changes: readonly Change[], now: number): ReadonlyMap<string, StoryRow> {
  const at = new Date(now).toISOString();
  const stories = new Map<string, StoryRow>();
  for (const change of changes) {
    const story = changeToStory(change, now);
    if (!story || (isStory(story) && story.expiresAt <= at)) continue;
    const id = storyId(story.conversationUrn, story.id);
    stories.set(id, mergeStory(stories.get(id), story));
  }
  return stories;
}

/** The stories of conversations that the person is told to have left. */
async function storiesOfLeft(
  { storage, tables, userId }: LiveStore,
  changes: readonly Change[],
): Promise<readonly { readonly urn: string; readonly id: string }[]> {
  const left = changes.flatMap((change) =>
    change.kind === 'member' && change.member.userId === userId && change.member.role === null
      ? [change.member.conversationUrn]
      : [],
  );
  if (left.length === 0) return [];
  return (await storage.rows(tables.stories)).flatMap(({ id, value }) => {
    const urn = (value as StoryRow).conversationUrn;
    return left.includes(urn) ? [{ urn, id }] : [];
  });
}

/**
 * How far the conversations of these changes are read: a marker may have come before the messages that it is about. Only the
 * connection writes what is looked up here.
 */
async function readMarkers(
  { storage, tables }: LiveStore,
  changes: readonly Change[],
): Promise<readonly { readonly conversationUrn: string; readonly upTo: string }[]> {
  const told = new Map<string, string>();
  const tell = (urn: string, upTo: string) => {
    if (upTo > (told.get(urn) ?? '')) told.set(urn, upTo);
  };
  const withMessages = new Set<string>();
  for (const change of changes) {
    if (change.kind === 'read') tell(change.read.conversationUrn, change.read.upTo);
    if (change.kind === 'message') withMessages.add(change.message.conversationUrn);
  }
  await Promise.all(
    [...withMessages].map(async (urn) => {
      const row = (await storage.row(tables.conversations, urn)) as LiveConversationRow | undefined;
      if (row?.readUpTo !== undefined) tell(urn, row.readUpTo);
    }),
  );
  return [...told].map(([conversationUrn, upTo]) => ({ conversationUrn, upTo }));
}

/** The stamps that the storage does not see by itself. */
function liveStamps(changes: readonly Change[]): readonly string[] {
  return changes.flatMap((change) => {
    switch (change.kind) {
      case 'conversation':
        return [change.conversation.stamp];
      case 'member':
        return [change.member.stamp];
      case 'story':
      case 'story-deleted':
        return [change.story.stamp];
      case 'read':
      case 'message':
      case 'tombstone':
      case 'reaction':
        return [];
    }
  });
}
