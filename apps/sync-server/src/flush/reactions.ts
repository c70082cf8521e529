import { compareReactions, parseReaction } from '@chat-vault/core/records';
import { type OperationOf } from '@chat-vault/live-sync/protocol';
import { stampToUuid, uuidToStamp } from '../database/stamp-uuid.ts';
import { type Db } from '../database/tables.ts';
import { explainRows } from './explain.ts';
import { type Group, type GroupRow } from './group.ts';
import { condition, rowsOfMember } from './input-rows.ts';
import { DUPLICATE, type Outcome, rejected, SUPERSEDED } from './outcome.ts';
import { ordsOf, writtenOf } from './written.ts';

/** One person's reaction to one message, or that it was taken back. */
export interface ReactionRow extends GroupRow {
  readonly [column: string]: unknown;
  readonly urn: string;
  readonly sent: number;
  readonly message: string;
  readonly emoji: string | null;
  readonly stamp: string;
}

const COLUMNS = 'ord int, urn text, sent bigint, message uuid, emoji text, stamp uuid';

/** The row of an operation. */
export function reactionRow(
  ord: number,
  { payload, stamp }: OperationOf<'REACTION_SET'> | OperationOf<'REACTION_REMOVE'>,
): ReactionRow {
  return {
    ord,
    urn: payload.conversationUrn,
    sent: Date.parse(payload.sentTimestamp),
    message: payload.messageId,
    emoji: 'emoji' in payload ? payload.emoji : null,
    stamp: stampToUuid(stamp),
  };
}

/** Core's order: the greater stamp, then what was taken back; equal stamps of two emojis are one change. */
const WINS = condition(`excluded.stamp > reactions.stamp OR (
  excluded.stamp = reactions.stamp AND excluded.emoji IS NULL AND reactions.emoji IS NOT NULL)`);

const keyOf = (urn: string, sent: string | number | undefined, message: string): string =>
  `${urn}\u0000${sent}\u0000${message}`;
const rowKey = ({ urn, sent, message }: ReactionRow): string => keyOf(urn, sent, message);

/** One reaction of a person to a message, changed by upsert; only to messages that are there. */
export const REACTIONS: Group<ReactionRow> = {
  keyOf: rowKey,
  compare: (a, b) => compareReactions(recordOf(a), recordOf(b)),

  async write(db, rows, userId) {
    const written = await db
      .with('input', (query) => reachable(query as Db, rows, userId).where(mayReact))
      .with('written', (query) =>
        query
          .insertInto('reactions')
          .columns(['conversation_no', 'sent_ms', 'message_id', 'sender_id', 'emoji', 'stamp'])
          .expression((from) =>
            from
              .selectFrom('input')
              .select((eb) => [
                'input.no',
                'input.sent',
                'input.message',
                eb.val(userId).as('sender_id'),
                'input.emoji',
                'input.stamp',
              ]),
          )
          .onConflict((conflict) =>
            conflict
              .columns(['conversation_no', 'sent_ms', 'message_id', 'sender_id'])
              .doUpdateSet((eb) => ({
                emoji: eb.ref('excluded.emoji'),
                stamp: eb.ref('excluded.stamp'),
                txid: eb.ref('excluded.txid'),
                seq: eb.ref('excluded.seq'),
              }))
              .where(WINS),
          )
          .returning(['conversation_no', 'sent_ms', 'message_id']),
      )
      .selectNoFrom(() => writtenOf(rows, 'sent_ms', 'message_id'))
      .executeTakeFirstOrThrow();
    return ordsOf(rows, rowKey, written, (urn, sent, message) => keyOf(urn, sent, `${message}`));
  },

  async explain(db, rows, userId) {
    const found = await db
      .with('input', (query) => reachable(query as Db, rows, userId))
      .selectFrom('input')
      .leftJoin('reactions as r', (join) =>
        join
          .onRef('r.conversation_no', '=', 'input.no')
          .onRef('r.sent_ms', '=', 'input.sent')
          .onRef('r.message_id', '=', 'input.message')
          .on('r.sender_id', '=', userId),
      )
      .select(['input.ord', 'input.sender_id', 'input.deleted_ms', 'r.stamp', 'r.emoji'])
      .execute();
    return explainRows(rows, found, explained);
  },
};

/** Somebody reacts to what is there; a reaction is taken back also from what was deleted. */
const mayReact = condition('t.sender_id IS NOT NULL AND (t.deleted_ms IS NULL OR i.emoji IS NULL)');

/** The rows of conversations that the person is a member of, with the message if there is one. */
const reachable = (db: Db, rows: readonly ReactionRow[], userId: string) =>
  rowsOfMember(db, rows, COLUMNS, userId)
    .leftJoin('messages as t', (join) =>
      join
        .onRef('t.conversation_no', '=', 'c.no')
        .onRef('t.sent_ms', '=', 'i.sent')
        .onRef('t.id', '=', 'i.message'),
    )
    .select([
      'i.ord',
      'c.no',
      'i.sent',
      'i.message',
      'i.emoji',
      'i.stamp',
      't.sender_id',
      't.deleted_ms',
    ]);

function explained(
  row: ReactionRow,
  known: {
    readonly sender_id: string | null;
    readonly deleted_ms: string | number | bigint | null;
    readonly stamp: string | null;
    readonly emoji: string | null;
  },
): Outcome | undefined {
  if (known.sender_id === null) return rejected('unknown-message');
  const isKnownStamp = known.stamp === row.stamp;
  if (isKnownStamp && (known.emoji === null) === (row.emoji === null)) return DUPLICATE;
  if (known.deleted_ms !== null && row.emoji !== null) return rejected('message-deleted');
  if (known.stamp === null || known.stamp < row.stamp) return undefined;
  return SUPERSEDED;
}

/** What core's rule compares; the parts of the key are the same for both. */
const recordOf = (row: ReactionRow) =>
  parseReaction({
    conversationUrn: row.urn,
    sentTimestamp: new Date(row.sent).toISOString(),
    messageId: row.message,
    senderId: 'sender',
    emoji: row.emoji,
    stamp: uuidToStamp(row.stamp),
  });
