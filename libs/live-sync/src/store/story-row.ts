import { type Change } from '../protocol/changes.js';
import { STORY_LIFE_MS } from '../protocol/limits.js';
import { type Operation } from '../protocol/operations.js';
import { type Story, type StoryTombstone } from '../protocol/records.js';

/** A story, or that it was taken back; the latter is kept until the story would have ended. */
export type StoryRow = Story | (StoryTombstone & { readonly expiresAt: string });

/** Whether a row is a story that is still there. */
export const isStory = (row: StoryRow): row is Story => 'typeId' in row;

/** The row after another came: the greater stamp wins, on equal stamps the deletion. */
export function mergeStory(row: StoryRow | undefined, incoming: StoryRow): StoryRow {
  if (!row || incoming.stamp > row.stamp) return incoming;
  if (incoming.stamp < row.stamp) return row;
  return isStory(row) ? incoming : row;
}

/** The row of a change, if it is of a story; `now` is Unix milliseconds. */
export function changeToStory(change: Change, now: number): StoryRow | undefined {
  if (change.kind === 'story') return change.story;
  return change.kind === 'story-deleted' ? deletion(change.story, now) : undefined;
}

/** The row that an operation makes, if it is of a story. */
export function operationToStory(
  { action, payload, stamp }: Operation,
  userId: string,
  now: number,
): StoryRow | undefined {
  if (action === 'STORY_DELETE') return deletion({ ...payload, senderId: userId, stamp }, now);
  if (action !== 'STORY_POST') return undefined;
  const expiresAt = new Date(Date.parse(payload.postedAt) + STORY_LIFE_MS).toISOString();
  return { ...payload, expiresAt, stamp };
}

/** No story that is there now is shown longer than this. */
const deletion = (tombstone: StoryTombstone, now: number): StoryRow => ({
  ...tombstone,
  expiresAt: new Date(now + STORY_LIFE_MS).toISOString(),
});
