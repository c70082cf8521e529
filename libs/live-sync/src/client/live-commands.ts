import { type RowChange, type RowWork } from '@chat-vault/chat-storage';
import {
  type ChatMessage,
  type MessageRef,
  type Stamp,
  type StampedMessage,
} from '@chat-vault/core';
import { recordToJson } from '@chat-vault/core/records';
import { LiveError } from '../live-error.js';
import { type Operation, type OperationAction, type OperationOf } from '../protocol/operations.js';
import { parseOperation } from '../protocol/parse.js';
import { type LiveStore } from '../store/live-store.js';
import { newestChangeRow, outboxId, queued, type ReadMarkRow } from '../store/outbox.js';
import { type RenewedRow, renewedPlace } from '../store/renewed.js';

type MakeWork = (change: RowWork['change']) => RowWork;

/** The message was renewed after it was looked up; nothing was written. */
class WasRenewed extends Error {
  override readonly name = 'WasRenewed';
}

type Payload<Action extends OperationAction> = OperationOf<Action>['payload'];

/** Writes what the person does, each with its operation in one transaction. */
export class LiveCommands {
  readonly #store: LiveStore;
  readonly #newId: () => string;

  constructor(store: LiveStore, newId: () => string) {
    this.#store = store;
    this.#newId = newId;
  }

  send(message: ChatMessage): Promise<void> {
    return this.#saveMessage('MESSAGE_SEND', message, (change) => ({ change }));
  }

  edit(message: ChatMessage): Promise<void> {
    return this.#change(message, (present, work) =>
      this.#saveMessage('MESSAGE_EDIT', present, work),
    );
  }

  delete(message: MessageRef): Promise<void> {
    const { storage, userId } = this.#store;
    return this.#change(message, async (present, work) => {
      const known = await storage.get(present);
      if (known && known.senderId !== userId) throw notTheSender();
      const rows = work(({ written }) =>
        written.tombstones.flatMap(({ stamp, conversationUrn, sentTimestamp, ...rest }) => {
          const { messageId, deletedAt } = rest;
          const payload = { conversationUrn, sentTimestamp, messageId, deletedAt };
          return this.#queueChange('MESSAGE_DELETE', payload, stamp);
        }),
      );
      await storage.delete(present, rows);
    });
  }

  react(message: MessageRef, emoji: string | null): Promise<void> {
    const { storage, userId } = this.#store;
    return this.#change(message, (present, work) => {
      const rows = work(({ written }) =>
        written.reactions.flatMap(({ stamp, conversationUrn, sentTimestamp, messageId }) => {
          const of = { conversationUrn, sentTimestamp, messageId, senderId: userId };
          return emoji === null
            ? this.#queueChange('REACTION_REMOVE', of, stamp)
            : this.#queueChange('REACTION_SET', { ...of, emoji }, stamp);
        }),
      );
      return storage.react(present, userId, emoji, rows);
    });
  }

  /** A marker that waits gives way to one that is further; none is said twice. */
  async markRead(conversationUrn: string, upTo?: string): Promise<void> {
    const { storage, tables } = this.#store;
    const newest = upTo ?? (await this.#newestOf(conversationUrn));
    if (newest === undefined) return;
    const mark = { table: tables.marks, id: conversationUrn };
    const rows: RowWork = {
      reads: [mark],
      change: ({ row, stamp }) => {
        const said = row(mark.table, mark.id) as ReadMarkRow | undefined;
        if (said && said.upTo >= newest) return [];
        const operation = this.#operation('READ_SET', { conversationUrn, upTo: newest }, stamp());
        const value: ReadMarkRow = { upTo: newest, outboxId: outboxId(operation) };
        return [
          ...(said ? [{ table: tables.outbox, id: said.outboxId, value: undefined }] : []),
          queued(tables, operation),
          { ...mark, value },
        ];
      },
    };
    await storage.markRead(conversationUrn, newest, rows);
  }

  /** Queues an operation that changes no record. */
  write<Action extends OperationAction>(action: Action, payload: Payload<Action>): Promise<void> {
    return this.#store.storage.writeRows({
      change: ({ stamp }) => this.#queue(action, payload, stamp()),
    });
  }

  /** A message that is here already as it is, but may not be there, is sent as it is. */
  async #saveMessage(
    action: 'MESSAGE_SEND' | 'MESSAGE_EDIT',
    message: ChatMessage,
    work: MakeWork,
  ): Promise<void> {
    const { storage, userId } = this.#store;
    if (message.senderId !== userId) throw notTheSender();
    const known = action === 'MESSAGE_SEND' ? await storage.get(message) : undefined;
    const rows = work(({ written }) => {
      const saved = written.messages[0] ?? known;
      if (!saved) return [];
      const { stamp, ...json } = messageJson(saved);
      const payload = json as Payload<typeof action>;
      return action === 'MESSAGE_EDIT'
        ? this.#queueChange(action, payload, stamp)
        : this.#queue(action, payload, stamp);
    });
    await storage.save(message, rows);
  }

  /** Changes a message, or what was put in its place when it was renewed; `run` goes again when that happens meanwhile. */
  async #change<Message extends MessageRef>(
    message: Message,
    run: (present: Message, work: MakeWork) => Promise<void>,
  ): Promise<void> {
    const place = renewedPlace(this.#store, message);
    const renewed = (await this.#store.storage.row(place.table, place.id)) as
      RenewedRow | undefined;
    if (renewed) return this.#change({ ...message, ...renewed }, run);
    const work: MakeWork = (change) => ({
      reads: [place],
      change: (context) => {
        if (context.row(place.table, place.id) !== undefined) throw new WasRenewed();
        return change(context);
      },
    });
    try {
      await run(message, work);
    } catch (error) {
      if (!(error instanceof WasRenewed)) throw error;
      await this.#change(message, run);
    }
  }

  #queue<Action extends OperationAction>(
    action: Action,
    payload: Payload<Action>,
    stamp: Stamp,
  ): readonly RowChange[] {
    return [queued(this.#store.tables, this.#operation(action, payload, stamp))];
  }

  /** Queues a change of a message that may wait itself, and be renewed at this moment. */
  #queueChange<Action extends OperationAction>(
    action: Action,
    payload: Payload<Action>,
    stamp: Stamp,
  ): readonly RowChange[] {
    const { tables } = this.#store;
    const operation = this.#operation(action, payload, stamp);
    return [queued(tables, operation), { ...newestChangeRow(tables), value: outboxId(operation) }];
  }

  #operation(action: OperationAction, payload: unknown, stamp: Stamp): Operation {
    const timestamp = Math.max(0, Math.floor(this.#store.now()));
    return parseOperation({ opId: this.#newId(), action, payload, timestamp, stamp });
  }

  /** When the newest message that is here was sent. */
  async #newestOf(conversationUrn: string): Promise<string | undefined> {
    const { messages } = await this.#store.storage.history({ conversationUrn, limit: 1 });
    return messages[0]?.sentTimestamp;
  }
}

const messageJson = (message: StampedMessage) =>
  recordToJson(message) as Readonly<Record<string, unknown>> & { readonly stamp: Stamp };

const notTheSender = (): LiveError =>
  new LiveError('not-the-sender', 'live-sync: the message is of another person');
