import { type RowChange, type RowContext, type RowWork } from '@chat-vault/chat-storage';
import { type OperationResult } from '../protocol/flush.js';
import { type Operation } from '../protocol/operations.js';
import {
  type ConversationChange,
  type LiveConversationRow,
  mergeConversation,
  operationToConversationChanges,
} from './conversation-row.js';
import { type LiveStore } from './live-store.js';
import { storyId } from './live-tables.js';
import { outboxId, queued, type ReadMarkRow, type RejectedRow, unqueued } from './outbox.js';
import { healedOperation, ServerClock, serverStampRow } from './server-time.js';
import { mergeStory, operationToStory, type StoryRow } from './story-row.js';

/** What became of an operation; `too-big` was found here. */
export type Settlement =
  | OperationResult
  | {
      readonly opId: string;
      readonly status: 'rejected';
      readonly reason: 'too-big';
      readonly detail: string;
    };

/**
 * Takes answered operations out of the outbox, keeps the refused ones, and makes what was accepted part of what is known. What was refused
 * for nothing but a stamp that is far ahead is queued again with one by the server's time. Operations that are no longer there were answered
 * before, or taken back: they change nothing.
 */
export async function settle(
  store: LiveStore,
  batch: readonly Operation[],
  results: readonly Settlement[],
): Promise<void> {
  const byId = new Map(results.map((result) => [result.opId, result]));
  const answered = batch.flatMap((operation) => {
    const result = byId.get(operation.opId);
    return result ? [{ operation, result }] : [];
  });
  const { tables } = store;
  const reads = answered.flatMap(({ operation }): NonNullable<RowWork['reads']> => [
    { table: tables.outbox, id: outboxId(operation) },
    ...(touchesConversation(operation)
      ? [{ table: tables.conversations, id: operation.payload.conversationUrn }]
      : []),
    ...(touchesStory(operation) ? [{ table: tables.stories, id: storyIdOf(operation) }] : []),
  ]);
  await store.write({
    reads: [...reads, serverStampRow(store)],
    change: (context) => {
      const books = new Books(store, context);
      for (const { operation, result } of answered) {
        if (context.row(tables.outbox, outboxId(operation)) === undefined) continue;
        books.leave(operation);
        if (result.status === 'rejected' && !hasLeft(store, operation, result))
          books.reject(operation, result);
        else if (result.status !== 'superseded') books.accept(operation);
      }
      return books.changes();
    },
  });
}

/** Whether somebody who leaves is told that they are not in there: they left, and the answer to that was lost. */
const hasLeft = (
  { userId }: LiveStore,
  { action, payload }: Operation,
  { reason }: Extract<Settlement, { status: 'rejected' }>,
): boolean => action === 'MEMBER_REMOVE' && payload.userId === userId && reason === 'not-a-member';

type StoryOperation = Extract<Operation, { readonly action: 'STORY_POST' | 'STORY_DELETE' }>;

const touchesConversation = ({ action }: Operation): boolean =>
  /^(CONVERSATION_|MEMBER_|READ_)/.test(action);
const touchesStory = (operation: Operation): operation is StoryOperation =>
  operation.action === 'STORY_POST' || operation.action === 'STORY_DELETE';
const storyIdOf = ({ payload }: StoryOperation): string =>
  storyId(payload.conversationUrn, payload.id);

/** What one transaction changes. */
class Books {
  readonly #store: LiveStore;
  readonly #context: RowContext;
  readonly #changes: RowChange[] = [];
  readonly #conversations = new Map<string, LiveConversationRow>();
  readonly #stories = new Map<string, StoryRow>();
  #serverClock: ServerClock | undefined;

  constructor(store: LiveStore, context: RowContext) {
    this.#store = store;
    this.#context = context;
  }

  leave(operation: Operation): void {
    this.#changes.push(unqueued(this.#store.tables, operation));
  }

  reject(operation: Operation, result: Extract<Settlement, { status: 'rejected' }>): void {
    if (result.reason === 'clock-drift' && result.serverTime !== undefined) {
      const serverMs = Date.parse(result.serverTime);
      const { table, id } = serverStampRow(this.#store);
      const last = this.#context.row(table, id);
      const clock = (this.#serverClock ??= new ServerClock(this.#store, last, serverMs));
      const healed = healedOperation(operation, serverMs, () => clock.stamp());
      if (healed) {
        this.#changes.push(queued(this.#store.tables, healed), ...this.#mark(healed));
        return;
      }
    }
    // Nobody has anything to decide about a read marker.
    if (operation.action === 'READ_SET') return;
    const { opId, status: _, ...why } = result;
    void _;
    const value: RejectedRow = { operation, ...why, rejectedAt: this.#store.now() };
    this.#changes.push({ table: this.#store.tables.rejected, id: opId, value });
  }

  /** How far was said to be read, when that was ahead: what is read from now on is said again. */
  #mark(healed: Operation): readonly RowChange[] {
    if (healed.action !== 'READ_SET') return [];
    const { conversationUrn, upTo } = healed.payload;
    const value: ReadMarkRow = { upTo, outboxId: outboxId(healed) };
    return [{ table: this.#store.tables.marks, id: conversationUrn, value }];
  }

  accept(operation: Operation): void {
    const { userId, tables, now } = this.#store;
    if (touchesStory(operation)) {
      const id = storyIdOf(operation);
      const known = this.#stories.get(id) ?? (this.#context.row(tables.stories, id) as StoryRow);
      const story = operationToStory(operation, userId, now());
      if (story) this.#stories.set(id, mergeStory(known, story));
    }
    if (!touchesConversation(operation)) return;
    const urn = operation.payload.conversationUrn;
    const known =
      this.#conversations.get(urn) ??
      (this.#context.row(tables.conversations, urn) as LiveConversationRow | undefined);
    const changes = operationToConversationChanges(operation, known, userId);
    const row = changes.reduce<LiveConversationRow | undefined>(
      (merged, change: ConversationChange) => mergeConversation(merged, change, userId),
      known,
    );
    if (row && row !== known) this.#conversations.set(urn, row);
  }

  changes(): readonly RowChange[] {
    const { conversations, stories } = this.#store.tables;
    return [
      ...this.#changes,
      ...(this.#serverClock ? [this.#serverClock.change()] : []),
      ...[...this.#conversations].map(([id, value]) => ({ table: conversations, id, value })),
      ...[...this.#stories].map(([id, value]) => ({ table: stories, id, value })),
    ];
  }
}
