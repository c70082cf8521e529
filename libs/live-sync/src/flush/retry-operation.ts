import { type RowWork } from '@chat-vault/chat-storage';
import {
  EMPTY_CONTENT,
  type MessageTombstone,
  type Stamp,
  type StampedMessage,
  stampMs,
} from '@chat-vault/core';
import { parseReaction, parseStampedMessage, recordToJson } from '@chat-vault/core/records';
import { LiveError } from '../live-error.js';
import { type Operation, type OperationOf } from '../protocol/operations.js';
import { type LiveStore } from '../store/live-store.js';
import { newestChangeRow, outboxId, queued, type RejectedRow } from '../store/outbox.js';
import { type RenewedRow, renewedPlace } from '../store/renewed.js';
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
  const place = { table: tables.rejected, id: opId };
  const rejected = (await storage.row(place.table, place.id)) as RejectedRow | undefined;
  if (!rejected) throw noSuchOperation();
  const { operation, serverTime, rejectedAt } = rejected;
  const again = { ...operation, opId: newId(), timestamp: now() };
  if (serverTime === undefined) {
    return storage.writeRows(replacement(store, [place], [again]));
  }
  // As it differed from ours when it refused.
  const serverMs = Date.parse(serverTime) + now() - rejectedAt;
  if (operation.action === 'MESSAGE_SEND') {
    await new Renewal(store, newId).renew({ operation, serverMs, place });
    return;
  }
  const { clock, at } = await serverClock(store, serverMs);
  const renewed = renew(again, { at, stamp: clock.stamp(), newId });
  await storage.writeRows(replacement(store, [place], [renewed], clock));
}

/** A message that waits in the outbox and is off the server's time, with that time (Unix milliseconds). */
export interface LateMessage {
  readonly operation: OperationOf<'MESSAGE_SEND'>;
  readonly serverMs: number;
}

/**
 * Puts messages of now in the place of late ones, such as those written offline for days. Gives their new ids. What is no
 * longer in the outbox is left out; what is not renewed when the signal is aborted stays in it.
 */
export async function renewLate(
  store: LiveStore,
  late: readonly LateMessage[],
  newId: () => string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const ids: string[] = [];
  const renewal = new Renewal(store, newId);
  // Merges wait for no disk: what is sent from here on must be on it, or a power cut would send it once more under other ids.
  const onDisk = async () => {
    const place = serverStampRow(store);
    const change: RowWork['change'] = ({ row }) => [
      { ...place, value: row(place.table, place.id) },
    ];
    if (ids.length > 0) await store.write({ reads: [place], change });
  };
  for (const message of late) {
    signal.throwIfAborted();
    const place = { table: store.tables.outbox, id: outboxId(message.operation) };
    try {
      ids.push(...(await renewal.renew({ ...message, place })));
    } catch (error) {
      if (!(error instanceof LiveError && error.code === 'no-such-operation')) throw error;
    }
  }
  await onDisk();
  return ids;
}

/** Renews messages one after the other. What was done with them is read once, and again when more was done meanwhile. */
class Renewal {
  readonly #store: LiveStore;
  readonly #newId: () => string;
  #later: FollowUps | undefined;

  constructor(store: LiveStore, newId: () => string) {
    this.#store = store;
    this.#newId = newId;
  }

  /** Gives the new id. @throws LiveError `no-such-operation` when another tab was faster */
  async renew(message: LateMessage & { readonly place: Place }): Promise<readonly string[]> {
    for (;;) {
      this.#later ??= await followUps(this.#store);
      try {
        return await renewMessage(this.#store, message, this.#later, this.#newId);
      } catch (error) {
        if (!(error instanceof MoreWasDone)) throw error;
        this.#later = undefined;
      }
    }
  }
}

/** The person changed some message after what was done was read; nothing was written. */
class MoreWasDone extends Error {
  override readonly name = 'MoreWasDone';
}

/**
 * Puts a message of now in the place of one that is off the server's time: as it is by now, with the own reaction. What was
 * deleted meanwhile is not sent. Gives its new id.
 */
async function renewMessage(
  store: LiveStore,
  { operation, serverMs, place }: LateMessage & { readonly place: Place },
  later: FollowUps,
  newId: () => string,
): Promise<readonly string[]> {
  const { storage, tables, now } = store;
  const { refused, pending } = later.of(operation);
  const gone = [
    place,
    ...refused.map(({ opId }) => ({ table: tables.rejected, id: opId })),
    ...pending.map((each) => ({ table: tables.outbox, id: outboxId(each) })),
  ];
  const old = await oldRecord(store, operation);
  if (!old) {
    await storage.writeRows(store.fenced(later.guarded(replacement(store, gone, []))));
    return [];
  }
  const { clock, at } = await serverClock(store, serverMs);
  const { stamp: _, ...current } = recordToJson(old);
  void _;
  const messageId = newId();
  const payload = {
    ...(current as typeof operation.payload),
    id: messageId,
    sentTimestamp: at,
  };
  const sent = { ...operation, opId: newId(), timestamp: now(), payload, stamp: clock.stamp() };
  const reactions = lastReaction([...refused, ...pending]).map((each) => ({
    ...each,
    opId: newId(),
    payload: { ...each.payload, messageId, sentTimestamp: at },
    stamp: clock.stamp(),
  }));
  const content = {
    ...EMPTY_CONTENT,
    messages: [parseStampedMessage({ ...payload, stamp: sent.stamp })],
    tombstones: [deletionOf(old, now())],
    reactions: reactions.map(({ payload: of, stamp }) => parseReaction({ ...of, stamp })),
  };
  const { reads, change } = later.guarded(replacement(store, gone, [sent, ...reactions], clock));
  const renewed: RenewedRow = { id: messageId, sentTimestamp: at };
  const rows = store.fenced({
    ...(reads && { reads }),
    change: (context) => [
      ...change(context),
      { ...renewedPlace(store, operation.payload), value: renewed },
    ],
  });
  await storage.apply(content, { rows });
  return [messageId];
}

/** The own reaction to a message, when there is one in the end. */
const lastReaction = (operations: readonly FollowUp[]): OperationOf<'REACTION_SET'>[] =>
  operations
    .filter(({ action }) => action === 'REACTION_SET' || action === 'REACTION_REMOVE')
    .sort((a, b) => (a.stamp < b.stamp ? -1 : 1))
    .slice(-1)
    .flatMap((operation) => (operation.action === 'REACTION_SET' ? [operation] : []));

/** How far what is made of the server's time may run ahead of it, to stay in order. */
const MAX_AHEAD_MS = 60 * 60 * 1000;

/** A clock that stands at the server's time, and that time as an instant: later than the one before, so that messages stay in order. */
async function serverClock(store: LiveStore, serverMs: number) {
  const { table, id } = serverStampRow(store);
  const last = (await store.storage.row(table, id)) as Stamp | undefined;
  const next = last === undefined ? serverMs : stampMs(last) + 1;
  const ms = next - serverMs > MAX_AHEAD_MS ? serverMs : Math.max(serverMs, next);
  return { clock: new ServerClock(store, last, ms), at: new Date(ms).toISOString() };
}

/** What was done with messages after they were written: edits, deletions and reactions that were refused or wait. */
interface FollowUps {
  of(sent: OperationOf<'MESSAGE_SEND'>): {
    readonly refused: readonly FollowUp[];
    readonly pending: readonly FollowUp[];
  };
  /** The work, which throws `MoreWasDone` when these are no longer all. */
  guarded(work: RowWork): RowWork;
}

type FollowUp = OperationOf<'MESSAGE_EDIT' | 'MESSAGE_DELETE' | 'REACTION_SET' | 'REACTION_REMOVE'>;

async function followUps(store: LiveStore): Promise<FollowUps> {
  const mark = newestChangeRow(store.tables);
  // Read first: what comes after it is noticed.
  const newest = await store.storage.row(mark.table, mark.id);
  const [pending, rows] = await Promise.all([
    store.outbox(),
    store.storage.rows(store.tables.rejected),
  ]);
  const refused = rows.map(({ value }) => (value as RejectedRow).operation);
  return {
    of({ payload: { conversationUrn, id } }) {
      const isAbout = (operation: Operation): operation is FollowUp =>
        messageOf(operation) === id && operation.payload.conversationUrn === conversationUrn;
      return { refused: refused.filter(isAbout), pending: pending.filter(isAbout) };
    },
    guarded: ({ reads = [], change }) => ({
      reads: [mark, ...reads],
      change: (context) => {
        if (context.row(mark.table, mark.id) !== newest) throw new MoreWasDone();
        return change(context);
      },
    }),
  };
}

/** The message that an operation changes. */
function messageOf({ action, payload }: Operation): string | undefined {
  switch (action) {
    case 'MESSAGE_EDIT':
      return payload.id;
    case 'MESSAGE_DELETE':
    case 'REACTION_SET':
    case 'REACTION_REMOVE':
      return payload.messageId;
    default:
      return undefined;
  }
}

const noSuchOperation = (): LiveError =>
  new LiveError('no-such-operation', 'live-sync: there is no such refused operation');

interface Place {
  readonly table: string;
  readonly id: string;
}

/** Puts operations into the outbox in the place of what was there, or was refused. */
function replacement(
  { tables }: LiveStore,
  gone: readonly Place[],
  operations: readonly Operation[],
  clock?: ServerClock,
): RowWork {
  return {
    reads: gone,
    change: ({ row }) => {
      const [first] = gone;
      // Another tab was faster.
      if (first && row(first.table, first.id) === undefined) throw noSuchOperation();
      return [
        ...gone.map((place) => ({ ...place, value: undefined })),
        ...operations.map((operation) => queued(tables, operation)),
        ...(clock ? [clock.change()] : []),
      ];
    },
  };
}

/** The operation, which is of no message, as if it was done now. */
function renew(
  operation: Operation,
  {
    at,
    stamp,
    newId,
  }: { readonly at: string; readonly stamp: Stamp; readonly newId: () => string },
): Operation {
  const { action, payload } = operation;
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
