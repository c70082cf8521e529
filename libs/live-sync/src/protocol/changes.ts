import * as v from 'valibot';
import {
  conversationSchema,
  memberSchema,
  messageSchema,
  reactionSchema,
  readSchema,
  storySchema,
  storyTombstoneSchema,
  tombstoneSchema,
} from './records.js';

/**
 * The state of one thing after its last change. The same change may come twice, and changes of different things in any order;
 * merging them by stamp gives the same outcome always.
 */
export const changeSchema = v.variant('kind', [
  v.object({ kind: v.literal('message'), message: messageSchema }),
  v.object({ kind: v.literal('tombstone'), tombstone: tombstoneSchema }),
  v.object({ kind: v.literal('reaction'), reaction: reactionSchema }),
  v.object({ kind: v.literal('story'), story: storySchema }),
  v.object({ kind: v.literal('story-deleted'), story: storyTombstoneSchema }),
  v.object({ kind: v.literal('conversation'), conversation: conversationSchema }),
  v.object({ kind: v.literal('member'), member: memberSchema }),
  v.object({ kind: v.literal('read'), read: readSchema }),
]);

/** Where a reader has got to; a text of the server's own, to be given back as it is. */
export const cursorSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

/** A page of changes after a cursor. */
export const pullPageSchema = v.object({
  changes: v.array(changeSchema),
  /** The cursor after this page; the one of the request when there is nothing new. */
  cursor: cursorSchema,
  /** Whether to ask again at once. */
  hasMore: v.boolean(),
});

/** @see changeSchema */
export type Change = v.InferOutput<typeof changeSchema>;
/** @see pullPageSchema */
export type PullPage = v.InferOutput<typeof pullPageSchema>;
