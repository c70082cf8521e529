import { type RowChange } from '@chat-vault/chat-storage';
import { type Operation } from '../protocol/operations.js';
import { type RejectionReason } from '../protocol/flush.js';
import { type LiveTables } from './live-tables.js';

/** Why an operation is not sent again by itself: the server's reason, or `too-big` for one request. */
export type RefusalReason = RejectionReason | 'too-big';

/** An operation that was refused. */
export interface RejectedRow {
  readonly operation: Operation;
  readonly reason: RefusalReason;
  readonly detail: string;
  readonly field?: string;
  /** The server's time when it refused, with `clock-drift`. */
  readonly serverTime?: string;
  /** This device's time then, Unix milliseconds. */
  readonly rejectedAt: number;
}

/** How far it was last said that a conversation is read, and the operation that says it. */
export interface ReadMarkRow {
  readonly upTo: string;
  readonly outboxId: string;
}

/** The id of an operation in the outbox: the stamps put them in order. */
export const outboxId = ({ stamp, opId }: Operation): string => `${stamp}/${opId}`;

/** Puts an operation into the outbox. */
export const queued = ({ outbox }: LiveTables, operation: Operation): RowChange => ({
  table: outbox,
  id: outboxId(operation),
  value: operation,
});

/** The row that names the newest edit, deletion or reaction that was queued: a message that is renewed takes along what was done until then. */
export const newestChangeRow = ({ state }: LiveTables) => ({ table: state, id: 'newest-change' });

/** Takes it out. */
export const unqueued = ({ outbox }: LiveTables, operation: Operation): RowChange => ({
  table: outbox,
  id: outboxId(operation),
  value: undefined,
});
