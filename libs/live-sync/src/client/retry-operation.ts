import { type RowWork } from '@chat-vault/chat-storage';
import {
  EMPTY_CONTENT,
  type MessageTombstone,
  type Stamp,
  type StampedMessage,
} from '@chat-vault/core';
import { parseStampedMessage } from '@chat-vault/core/records';
import { LiveError } from '../live-error.js';
import { type Operation, type OperationOf } from '../protocol/operations.js';
import { type LiveStore } from '../store/live-store.js';
import { queued, type RejectedRow } from '../store/outbox.js';
import { ServerClock, serverStampRow } from '../store/server-time.js';

/**
 * Queues a refused operation again. A message or story that was off the server's time is made new, of now by that time: its instant
 * is part of what it is.
 * @throws LiveError `no-such-operation`
 */
export async function retryOperation(
  store: LiveStore,
  opId: string,
  newId: () => string,
): Promise<void> {
  const { storage, tables, now } = store;
  const rejected = (await storage.row(tables.rejected, opId)) as RejectedRow | undefined;
  if (!rejected) throw noSuchOperation();
  const again = { ...rejected.operation, opId: newId(), timestamp: now() };
  if (rejected.serverTime === undefined) {
    return storage.writeRows(replacement(store, opId, again));
  }
  // As it differed from ours when it refused.
  const serverMs = Date.parse(rejected.serverTime) + now() - rejected.rejectedAt;
  const { table, id } = serverStampRow(store);
  const clock = new ServerClock(store, await storage.row(table, id), serverMs);
  const renewed = renew(again, {
    at: new Date(serverMs).toISOString(),
    stamp: clock.stamp(),
    newId,
  });
  const rows = replacement(store, opId, renewed, clock);
  if (renewed.action !== 'MESSAGE_SEND') return storage.writeRows(rows);
  const messages = [parseStampedMessage({ ...renewed.payload, stamp: renewed.stamp })];
  const old = await oldRecord(store, rejected.operation as OperationOf<'MESSAGE_SEND'>);
  const tombstones = old ? [deletionOf(old, now())] : [];
  await storage.apply({ ...EMPTY_CONTENT, messages, tombstones }, { rows });
}

const noSuchOperation = (): LiveError =>
  new LiveError('no-such-operation', 'live-sync: there is no such refused operation');

/** Puts an operation into the outbox in the place of a refused one. */
function replacement(
  { tables }: LiveStore,
  opId: string,
  operation: Operation,
  clock?: ServerClock,
): RowWork {
  return {
    reads: [{ table: tables.rejected, id: opId }],
    change: ({ row }) => {
      // Another tab was faster.
      if (row(tables.rejected, opId) === undefined) throw noSuchOperation();
      return [
        { table: tables.rejected, id: opId, value: undefined },
        queued(tables, operation),
        ...(clock ? [clock.change()] : []),
      ];
    },
  };
}

/** The operation as if it was done now. */
function renew(
  operation: Operation,
  {
    at,
    stamp,
    newId,
  }: { readonly at: string; readonly stamp: Stamp; readonly newId: () => string },
): Operation {
  const { action, payload } = operation;
  if (action === 'MESSAGE_SEND') {
    return { ...operation, payload: { ...payload, id: newId(), sentTimestamp: at }, stamp };
  }
  if (action === 'STORY_POST') {
    return { ...operation, payload: { ...payload, id: newId(), postedAt: at }, stamp };
  }
  return { ...operation, stamp };
}

/** The message as it is here. */
const oldRecord = (
  { storage }: LiveStore,
  { payload }: OperationOf<'MESSAGE_SEND'>,
): Promise<StampedMessage | undefined> =>
  storage.get({
    conversationUrn: payload.conversationUrn,
    sentTimestamp: payload.sentTimestamp,
    id: payload.id,
  });

/** The deletion of exactly this version: on equal stamps it wins, and no clock that is wrong goes further. */
const deletionOf = (
  { conversationUrn, sentTimestamp, id, stamp }: StampedMessage,
  now: number,
): MessageTombstone => ({
  conversationUrn,
  sentTimestamp,
  messageId: id,
  deletedAt: new Date(now).toISOString(),
  stamp,
});
