import {
  compareVersions,
  messageKey,
  type MessageVersion,
  parseStampedMessage,
  parseTombstone,
} from '@chat-vault/core/records';
import { type OperationOf } from '@chat-vault/live-sync/protocol';
import { sql } from 'kysely';
import { stampToUuid } from '../database/stamp-uuid.ts';
import { type Db } from '../database/tables.ts';
import { explainRows, explainVersion } from './explain.ts';
import { type Group, type GroupRow } from './group.ts';
import { condition, rowsOfMember } from './input-rows.ts';
import { type Outcome, rejected } from './outcome.ts';
import { unknownFields } from './unknown-fields.ts';
import { ordsOf, writtenOf } from './written.ts';

/** A version of a message, as the statements take it. */
interface MessageRow extends GroupRow {
  readonly [column: string]: unknown;
  readonly urn: string;
  readonly sent: number;
  readonly id: string;
  readonly stamp: string;
  // What is not there is NULL, and does not travel.
  readonly type?: string;
  readonly text?: string;
  /** Base64. */
  readonly bytes?: string;
  readonly tags?: readonly string[];
  readonly expires?: number;
  readonly extra?: string;
  readonly deleted?: number;
}

/** A row, and the record that core's rule compares. */
export interface MessageVersionRow extends GroupRow {
  readonly row: MessageRow;
  readonly version: () => MessageVersion;
}

const COLUMNS = `ord int, urn text, sent bigint, id uuid, stamp uuid, type text, text text, bytes text, tags text[],
  expires bigint, extra text, deleted bigint`;

/** A message that was sent or edited. */
export function messageRow(
  ord: number,
  { payload, stamp }: OperationOf<'MESSAGE_SEND'> | OperationOf<'MESSAGE_EDIT'>,
): MessageVersionRow {
  const { payloadText, payloadBytes } = payload;
  // PostgreSQL's texts cannot hold U+0000.
  const isText = payloadText !== undefined && !payloadText.includes('\u0000');
  return {
    ord,
    version: () => parseStampedMessage({ ...payload, stamp }),
    row: {
      ord,
      urn: payload.conversationUrn,
      sent: Date.parse(payload.sentTimestamp),
      id: payload.id,
      stamp: stampToUuid(stamp),
      type: payload.typeId,
      text: isText ? payloadText : undefined,
      bytes: isText
        ? undefined
        : (payloadBytes ?? Buffer.from(payloadText ?? '').toString('base64')),
      tags: payload.tags,
      expires: payload.expiresAt === undefined ? undefined : Date.parse(payload.expiresAt),
      extra: unknownFields(payload),
    },
  };
}

/** A message that was deleted. */
export function tombstoneRow(
  ord: number,
  { payload, stamp }: OperationOf<'MESSAGE_DELETE'>,
): MessageVersionRow {
  const { conversationUrn, sentTimestamp, messageId, deletedAt } = payload;
  return {
    ord,
    version: () => parseTombstone({ ...payload, stamp }),
    row: {
      ord,
      urn: conversationUrn,
      sent: Date.parse(sentTimestamp),
      id: messageId,
      stamp: stampToUuid(stamp),
      deleted: Date.parse(deletedAt),
    },
  };
}

/** Core's order of the versions of a message (greater stamp, then the deletion), as far as SQL can tell: equal stamps of two messages are one change. */
const WINS = condition(`messages.sender_id = excluded.sender_id AND (
  excluded.stamp > messages.stamp OR (excluded.stamp = messages.stamp AND excluded.deleted_ms IS NOT NULL
    AND (messages.deleted_ms IS NULL OR excluded.deleted_ms > messages.deleted_ms)))`);

const KEY = ['conversation_no', 'sent_ms', 'id'] as const;
const CONTENT = [
  'sender_id',
  'type_id',
  'payload_text',
  'payload_bytes',
  'tags',
  'expires_ms',
  'extra',
  'deleted_ms',
  'stamp',
] as const;

const keyOf = (urn: string, sent: string | number | undefined, id: string): string =>
  messageKey({ conversationUrn: urn, sentTimestamp: `${sent}`, id });

const group = {
  keyOf: ({ row }: MessageVersionRow) => keyOf(row.urn, row.sent, row.id),
  compare: (a: MessageVersionRow, b: MessageVersionRow) =>
    compareVersions(a.version(), b.version()),
};

/** New messages and tombstones: an insert, which updates where the key is taken by an older version of the same author. */
export const SENT_OR_DELETED: Group<MessageVersionRow> = {
  ...group,
  write: (db, rows, userId) => upsert(db, rows, userId),
  explain: (db, rows, userId) => explain(db, rows, userId, undefined),
};

/** Edited messages: only what is there is changed. */
export const EDITED: Group<MessageVersionRow> = {
  ...group,
  write: (db, rows, userId) => update(db, rows, userId),
  explain: (db, rows, userId) => explain(db, rows, userId, rejected('unknown-message')),
};

async function upsert(
  db: Db,
  rows: readonly MessageVersionRow[],
  userId: string,
): Promise<readonly number[]> {
  const written = await db
    .with('input', (query) => allowed(query as Db, rows, userId))
    .with('written', (query) =>
      query
        .insertInto('messages')
        .columns([...KEY, ...CONTENT])
        .expression((from) =>
          from
            .selectFrom('input')
            .select((eb) => [
              'input.no',
              'input.sent',
              'input.id',
              eb.val(userId).as('sender_id'),
              'input.type',
              'input.text',
              sql<Uint8Array | null>`decode(input.bytes, 'base64')`.as('bytes'),
              'input.tags',
              'input.expires',
              'input.extra',
              'input.deleted',
              'input.stamp',
            ]),
        )
        .onConflict((conflict) =>
          conflict
            .columns([...KEY])
            .doUpdateSet((eb) =>
              Object.fromEntries(
                [...CONTENT, 'txid' as const, 'seq' as const].map((name) => [
                  name,
                  eb.ref(`excluded.${name}`),
                ]),
              ),
            )
            .where(WINS),
        )
        .returning([...KEY]),
    )
    .selectNoFrom(() => writtenOf(rows, 'sent_ms', 'id'))
    .executeTakeFirstOrThrow();
  return ordsOf(rows, group.keyOf, written, (urn, sent, id) => keyOf(urn, sent, `${id}`));
}

/** The rows of conversations that the person is a member of, with the number of the conversation. */
const allowed = (db: Db, rows: readonly MessageVersionRow[], userId: string) =>
  rowsOfMember(
    db,
    rows.map(({ row }) => row),
    COLUMNS,
    userId,
  ).select([
    'i.ord',
    'c.no',
    'i.sent',
    'i.id',
    'i.stamp',
    'i.type',
    'i.text',
    'i.bytes',
    sql<string[] | null>`i.tags`.as('tags'),
    'i.expires',
    'i.extra',
    'i.deleted',
  ]);

async function update(
  db: Db,
  rows: readonly MessageVersionRow[],
  userId: string,
): Promise<readonly number[]> {
  const written = await db
    .with('input', (query) => allowed(query as Db, rows, userId))
    .updateTable('messages')
    .from('input')
    .set({
      type_id: sql`input.type`,
      payload_text: sql`input.text`,
      payload_bytes: sql`decode(input.bytes, 'base64')`,
      tags: sql`input.tags`,
      expires_ms: sql`input.expires`,
      extra: sql`input.extra`,
      deleted_ms: null,
      stamp: sql`input.stamp`,
      txid: sql`pg_current_xact_id()`,
      seq: sql`nextval('change_seq')`,
    })
    .whereRef('messages.conversation_no', '=', 'input.no')
    .whereRef('messages.sent_ms', '=', 'input.sent')
    .whereRef('messages.id', '=', 'input.id')
    .where('messages.sender_id', '=', userId)
    .whereRef('messages.stamp', '<', 'input.stamp')
    .returning('input.ord')
    .execute();
  return written.map(({ ord }) => ord);
}

async function explain(
  db: Db,
  rows: readonly MessageVersionRow[],
  userId: string,
  whenUnknown: Outcome | undefined,
): Promise<ReadonlyMap<number, Outcome | undefined>> {
  const found = await db
    .with('input', (query) => allowed(query as Db, rows, userId))
    .selectFrom('input')
    .leftJoin('messages as m', (join) =>
      join
        .onRef('m.conversation_no', '=', 'input.no')
        .onRef('m.sent_ms', '=', 'input.sent')
        .onRef('m.id', '=', 'input.id'),
    )
    .select(['input.ord', 'm.sender_id', 'm.stamp', 'm.deleted_ms'])
    .execute();
  return explainRows(rows, found, ({ row: { stamp, deleted } }, known) =>
    known.stamp === null
      ? whenUnknown
      : explainVersion(
          { stamp, isDeleted: deleted !== undefined },
          {
            stamp: known.stamp,
            isDeleted: known.deleted_ms !== null,
            isOwn: known.sender_id === userId,
          },
        ),
  );
}
