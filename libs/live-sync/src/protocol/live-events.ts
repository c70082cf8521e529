import * as v from 'valibot';
import { changeSchema } from './changes.js';
import { instantSchema } from './fields.js';
import { problemSchema } from './problem.js';

/**
 * Why the server ends a stream in good order: `membership` (the person was removed from a conversation), `token-expired`,
 * `shutdown`, `too-slow` (the client did not read). In each case the client connects again with its cursor.
 */
export const endReasonSchema = v.picklist(['membership', 'token-expired', 'shutdown', 'too-slow']);

/** The events of a live stream by name, with what their `data` holds as JSON. */
export const liveEventSchemas = {
  /** A chunk; the event's id is the cursor after it. */
  changes: v.object({ changes: v.array(changeSchema) }),
  /** Everything missed was sent; what follows is live. */
  'caught-up': v.object({}),
  heartbeat: v.object({ serverTime: instantSchema }),
  end: v.object({ reason: endReasonSchema }),
  /** The server could not go on; the stream ends here. */
  problem: problemSchema,
};

/** An event of a live stream. */
export type LiveEvent = {
  readonly [Name in keyof typeof liveEventSchemas]: {
    readonly event: Name;
    readonly data: v.InferOutput<(typeof liveEventSchemas)[Name]>;
  };
}[keyof typeof liveEventSchemas];

/** @see endReasonSchema */
export type EndReason = v.InferOutput<typeof endReasonSchema>;
