import { type Stamp, stampMs } from '@chat-vault/core';
import { MAX_DRIFT_MS, type Operation } from '@chat-vault/live-sync/protocol';
import { type Outcome, rejected } from './outcome.ts';

/** Who does it, and when by the server's clock, Unix milliseconds. */
export interface Actor {
  readonly userId: string;
  readonly now: number;
}

/** Where a new message says when it was sent. */
export const SENT_FIELD = 'payload.sentTimestamp';
/** Where a new story says when it was posted. */
export const POSTED_FIELD = 'payload.postedAt';

/** Why an operation is refused whatever the database holds; `undefined` when it is not. */
export function checkOperation(operation: Operation, { userId, now }: Actor): Outcome | undefined {
  const sender = senderOf(operation);
  if (sender !== undefined && sender !== userId) return rejected('not-the-sender');
  const drifted = driftedField(operation, now);
  if (drifted === undefined) return undefined;
  return {
    status: 'rejected',
    reason: 'clock-drift',
    detail: `"${drifted}" is more than 24 hours off the server's time.`,
    field: drifted,
    serverTime: new Date(now).toISOString(),
  };
}

/** For whom the operation speaks, if it says so. */
function senderOf(operation: Operation): string | undefined {
  return 'senderId' in operation.payload ? operation.payload.senderId : undefined;
}

/** The instant of something new is near the server's time; a stamp and a read marker are not ahead of it, and may be as old as they are. */
function driftedField(operation: Operation, now: number): string | undefined {
  const isOff = (instant: string) => Math.abs(Date.parse(instant) - now) > MAX_DRIFT_MS;
  const isAhead = (ms: number) => ms > now + MAX_DRIFT_MS;
  if (isAhead(stampMs(operation.stamp as Stamp))) return 'stamp';
  switch (operation.action) {
    case 'MESSAGE_SEND':
      return isOff(operation.payload.sentTimestamp) ? SENT_FIELD : undefined;
    case 'STORY_POST':
      return isOff(operation.payload.postedAt) ? POSTED_FIELD : undefined;
    case 'READ_SET':
      return isAhead(Date.parse(operation.payload.upTo)) ? 'payload.upTo' : undefined;
    case 'MESSAGE_DELETE':
      return isAhead(Date.parse(operation.payload.deletedAt)) ? 'payload.deletedAt' : undefined;
    case 'MESSAGE_EDIT':
    case 'REACTION_SET':
    case 'REACTION_REMOVE':
    case 'STORY_DELETE':
    case 'CONVERSATION_CREATE':
    case 'CONVERSATION_RENAME':
    case 'MEMBER_SET':
    case 'MEMBER_REMOVE':
      return undefined;
  }
}
