import { type OperationOf, STORY_LIFE_MS } from '@chat-vault/live-sync/protocol';
import { sql } from 'kysely';
import { stampToUuid } from '../database/stamp-uuid.ts';
import { type Db } from '../database/tables.ts';
import { explainRows, explainVersion } from './explain.ts';
import { type Group, type GroupRow } from './group.ts';
import { condition, rowsOfMember } from './input-rows.ts';
import { type Outcome, SUPERSEDED } from './outcome.ts';
import { ordsOf, writtenOf } from './written.ts';

/** A story that was posted, or taken back. */
export interface StoryRow extends GroupRow {
  readonly [column: string]: unknown;
  readonly urn: string;
  readonly id: string;
  readonly stamp: string;
  readonly deleted: boolean;
  readonly type: string | null;
  readonly posted: number | null;
  readonly expires: number | null;
  readonly text: string | null;
  readonly bytes: string | null;
}

const COLUMNS = `ord int, urn text, id uuid, stamp uuid, deleted boolean, type text, posted bigint, expires bigint,
  text text, bytes text`;

/** The row of a new story, which ends 24 hours after it was posted, or after now if it says that it comes from the future. */
export function storyRow(
  ord: number,
  { payload, stamp }: OperationOf<'STORY_POST'>,
  now: number,
): StoryRow {
  const { payloadText, payloadBytes } = payload;
  const isText = payloadText !== undefined && !payloadText.includes('\u0000');
  const posted = Date.parse(payload.postedAt);
  return {
    ord,
    urn: payload.conversationUrn,
    id: payload.id,
    stamp: stampToUuid(stamp),
    deleted: false,
    type: payload.typeId,
    posted,
    expires: Math.min(posted, now) + STORY_LIFE_MS,
    text: isText ? payloadText : null,
    bytes: isText ? null : (payloadBytes ?? Buffer.from(payloadText ?? '').toString('base64')),
  };
}

/** The row of a story that is taken back. */
export const storyDeletionRow = (
  ord: number,
  { payload, stamp }: OperationOf<'STORY_DELETE'>,
): StoryRow => ({
  ord,
  urn: payload.conversationUrn,
  id: payload.id,
  stamp: stampToUuid(stamp),
  deleted: true,
  type: null,
  posted: null,
  expires: null,
  text: null,
  bytes: null,
});

const WINS = condition('stories.sender_id = excluded.sender_id AND excluded.stamp > stories.stamp');

const keyOf = ({ urn, id }: { readonly urn: string; readonly id: string }): string =>
  `${urn}\u0000${id}`;

const rules = {
  keyOf,
  compare: (a: StoryRow, b: StoryRow) => (a.stamp === b.stamp ? 0 : a.stamp < b.stamp ? -1 : 1),
};

/** Stories that were posted. */
export const POSTED_STORIES: Group<StoryRow> = {
  ...rules,
  explain: (db, rows, userId) => explain(db, rows, userId, undefined),
  async write(db, rows, userId) {
    const written = await db
      .with('input', (query) => allowed(query as Db, rows, userId))
      .with('written', (query) =>
        query
          .insertInto('stories')
          .columns([
            'conversation_no',
            'id',
            'sender_id',
            'type_id',
            'posted_ms',
            'expires_ms',
            'payload_text',
            'payload_bytes',
            'stamp',
          ])
          .expression((from) =>
            from
              .selectFrom('input')
              .select((eb) => [
                'input.no',
                'input.id',
                eb.val(userId).as('sender_id'),
                'input.type',
                'input.posted',
                'input.expires',
                'input.text',
                sql<Uint8Array | null>`decode(input.bytes, 'base64')`.as('bytes'),
                'input.stamp',
              ]),
          )
          .onConflict((conflict) =>
            conflict
              .columns(['conversation_no', 'id'])
              .doUpdateSet((eb) => ({
                type_id: eb.ref('excluded.type_id'),
                payload_text: eb.ref('excluded.payload_text'),
                payload_bytes: eb.ref('excluded.payload_bytes'),
                posted_ms: eb.ref('excluded.posted_ms'),
                expires_ms: eb.ref('excluded.expires_ms'),
                is_deleted: false,
                stamp: eb.ref('excluded.stamp'),
                txid: eb.ref('excluded.txid'),
                seq: eb.ref('excluded.seq'),
              }))
              .where(WINS),
          )
          .returning(['conversation_no', 'id']),
      )
      .selectNoFrom(() => writtenOf(rows, 'id'))
      .executeTakeFirstOrThrow();
    return ordsOf(rows, keyOf, written, (urn, id) => keyOf({ urn, id: `${id}` }));
  },
};

/** Stories that are taken back; one that is not there any more needs nothing. */
export const DELETED_STORIES: Group<StoryRow> = {
  ...rules,
  explain: (db, rows, userId) => explain(db, rows, userId, SUPERSEDED),
  async write(db, rows, userId) {
    const written = await db
      .with('input', (query) => allowed(query as Db, rows, userId))
      .updateTable('stories')
      .from('input')
      .set({
        is_deleted: true,
        payload_text: null,
        payload_bytes: null,
        stamp: sql`input.stamp`,
        txid: sql`pg_current_xact_id()`,
        seq: sql`nextval('change_seq')`,
      })
      .whereRef('stories.conversation_no', '=', 'input.no')
      .whereRef('stories.id', '=', 'input.id')
      .where('stories.sender_id', '=', userId)
      .where(
        condition(
          'stories.stamp < input.stamp OR (stories.stamp = input.stamp AND NOT stories.is_deleted)',
        ),
      )
      .returning('input.ord')
      .execute();
    return written.map(({ ord }) => ord);
  },
};

const allowed = (db: Db, rows: readonly StoryRow[], userId: string) =>
  rowsOfMember(db, rows, COLUMNS, userId).select([
    'i.ord',
    'c.no',
    'i.id',
    'i.stamp',
    'i.deleted',
    sql<string>`i.type`.as('type'),
    sql<number>`i.posted`.as('posted'),
    sql<number>`i.expires`.as('expires'),
    'i.text',
    'i.bytes',
  ]);

async function explain(
  db: Db,
  rows: readonly StoryRow[],
  userId: string,
  whenUnknown: Outcome | undefined,
): Promise<ReadonlyMap<number, Outcome | undefined>> {
  const found = await db
    .with('input', (query) => allowed(query as Db, rows, userId))
    .selectFrom('input')
    .leftJoin('stories as s', (join) =>
      join.onRef('s.conversation_no', '=', 'input.no').onRef('s.id', '=', 'input.id'),
    )
    .select(['input.ord', 's.sender_id', 's.stamp', 's.is_deleted'])
    .execute();
  return explainRows(rows, found, ({ stamp, deleted }, known) =>
    known.stamp === null
      ? whenUnknown
      : explainVersion(
          { stamp, isDeleted: deleted },
          {
            stamp: known.stamp,
            isDeleted: known.is_deleted === true,
            isOwn: known.sender_id === userId,
          },
        ),
  );
}
