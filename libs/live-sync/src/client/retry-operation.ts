import { type RowChange } from '@chat-vault/chat-storage';
import {
  EMPTY_CONTENT,
  HybridClock,
  type MessageTombstone,
  type Stamp,
  type StampedMessage,
} from '@chat-vault/core';
import { parseStampedMessage } from '@chat-vault/core/records';
import { LiveError } from '../live-error.js';
import { type Operation, type OperationOf } from '../protocol/operations.js';
import { type LiveStore } from '../store/live-store.js';
import { queued, type RejectedRow } from '../store/outbox.js';

/**
 * Queues a refused operation again. What was off the server's time gets the server's time now; a message is a new one then, since
 * its instant is part of its key.
 * @throws LiveError `no-such-operation`
 */
export async function retryOperation(
  store: LiveStore,
  opId: string,
  newId: () => string,
): Promise<void> {
  const { storage, tables } = store;
  const rejected = (await storage.row(tables.rejected, opId)) as RejectedRow | undefined;
  if (!rejected) throw noSuchOperation();
  const { operation } = rejected;
  const again = { ...operation, opId: newId(), timestamp: store.now() };
  const isDrift = rejected.reason === 'clock-drift' && rejected.serverTime !== undefined;
  const next = isDrift ? atServerTime(store, again, serverNow(store, rejected), newId) : again;
  const rows = {
    reads: [{ table: tables.rejected, id: opId }],
    change: ({ row }: { row(table: string, id: string): unknown }): readonly RowChange[] => {
      // Another tab was faster.
      if (row(tables.rejected, opId) === undefined) throw noSuchOperation();
      return [{ table: tables.rejected, id: opId, value: undefined }, queued(tables, next)];
    },
  };
  if (next.action !== 'MESSAGE_SEND' || !isDrift) return storage.writeRows(rows);
  const messages = [parseStampedMessage({ ...next.payload, stamp: next.stamp })];
  const old = await oldRecord(store, operation as OperationOf<'MESSAGE_SEND'>);
  await storage.apply(
    { ...EMPTY_CONTENT, messages, tombstones: old ? [deletionOf(old, store.now())] : [] },
    { rows },
  );
}

const noSuchOperation = (): LiveError =>
  new LiveError('no-such-operation', 'live-sync: there is no such refused operation');

/** The server's time now, as it differed from ours when it refused, Unix milliseconds. */
const serverNow = ({ now }: LiveStore, { serverTime, rejectedAt }: RejectedRow): number =>
  Date.parse(serverTime as string) + now() - rejectedAt;

/** The operation as if it was done now by the server's time. */
function atServerTime(
  { storage, userId }: LiveStore,
  operation: Operation,
  nowMs: number,
  newId: () => string,
): Operation {
  const at = new Date(nowMs).toISOString();
  const clock = new HybridClock({ deviceId: storage.deviceId, now: () => nowMs });
  const stamp: Stamp = clock.now();
  switch (operation.action) {
    case 'MESSAGE_SEND': {
      const payload = { ...operation.payload, id: newId(), sentTimestamp: at };
      return { ...operation, payload, stamp };
    }
    case 'STORY_POST':
      return {
        ...operation,
        payload: { ...operation.payload, senderId: userId, id: newId(), postedAt: at },
        stamp,
      };
    case 'MESSAGE_DELETE':
      return { ...operation, payload: { ...operation.payload, deletedAt: at }, stamp };
    case 'READ_SET':
      return { ...operation, payload: { ...operation.payload, upTo: at }, stamp };
    case 'MESSAGE_EDIT':
    case 'REACTION_SET':
    case 'REACTION_REMOVE':
    case 'STORY_DELETE':
    case 'CONVERSATION_CREATE':
    case 'CONVERSATION_RENAME':
    case 'MEMBER_SET':
    case 'MEMBER_REMOVE':
      return { ...operation, stamp };
  }
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
