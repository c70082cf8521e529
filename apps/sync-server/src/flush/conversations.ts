import { type OperationOf } from '@chat-vault/live-sync/protocol';
import { type QueryCreator, sql } from 'kysely';
import { stampToUuid } from '../database/stamp-uuid.ts';
import { type Db } from '../database/tables.ts';
import { explainRows } from './explain.ts';
import { type Group, type GroupRow } from './group.ts';
import { inputRows, rowsOfMember } from './input-rows.ts';
import { DUPLICATE, type Outcome, SUPERSEDED } from './outcome.ts';

/** A conversation that is created or gets another title. */
export interface ConversationRow extends GroupRow {
  readonly [column: string]: unknown;
  readonly urn: string;
  readonly title: string | null;
  readonly stamp: string;
  /** The members that a new conversation has besides its creator. */
  readonly members: readonly string[];
}

const COLUMNS = 'ord int, urn text, title text, stamp uuid, members text[]';

/** The row of an operation. */
export const conversationRow = (
  ord: number,
  { payload, stamp }: OperationOf<'CONVERSATION_CREATE'> | OperationOf<'CONVERSATION_RENAME'>,
  userId: string,
): ConversationRow => ({
  ord,
  urn: payload.conversationUrn,
  title: payload.title,
  stamp: stampToUuid(stamp),
  members:
    'memberIds' in payload
      ? [...new Set(payload.memberIds)].filter((memberId) => memberId !== userId)
      : [],
});

const keyOf = ({ urn }: { readonly urn: string }): string => urn;

/** Conversations that are created, with their first members; the first who comes with a URN has it. */
export const CREATED_CONVERSATIONS: Group<ConversationRow> = {
  keyOf,
  // Whoever is first creates it.
  compare: (a, b) => (a.stamp === b.stamp ? 0 : a.stamp < b.stamp ? 1 : -1),
  explain: (db, rows, userId) => explain(db, rows, userId, DUPLICATE),
  async write(db, rows, userId) {
    const written = await db
      .with('input', (query) =>
        query
          .selectFrom(inputRows(rows, COLUMNS))
          .select(['i.ord', 'i.urn', 'i.title', 'i.stamp', sql<string[]>`i.members`.as('members')]),
      )
      .with('created', (query) =>
        query
          .insertInto('conversations')
          .columns(['urn', 'title', 'created_by', 'stamp'])
          .expression((from) =>
            from
              .selectFrom('input')
              .select((eb) => [
                'input.urn',
                'input.title',
                eb.val(userId).as('created_by'),
                'input.stamp',
              ]),
          )
          .onConflict((conflict) => conflict.column('urn').doNothing())
          .returning(['no', 'urn']),
      )
      .with('people', (query) => peopleOf(query as CreatedDb, userId))
      .with('joined', (query) =>
        query
          .insertInto('members')
          .columns(['conversation_no', 'user_id', 'role', 'stamp', 'joined_seq', 'seq'])
          .expression((from) =>
            from
              .selectFrom('people')
              .select([
                'people.no',
                'people.user_id',
                sql<
                  'owner' | 'member'
                >`CASE people.user_id WHEN ${userId} THEN 'owner' ELSE 'member' END`.as('role'),
                'people.stamp',
                'people.seq as joined_seq',
                'people.seq',
              ]),
          )
          .returning('conversation_no'),
      )
      .selectFrom('created')
      .select('created.urn')
      .execute();
    const created = new Set(written.map(keyOf));
    return rows.filter((row) => created.has(keyOf(row))).map(({ ord }) => ord);
  },
};

type CreatedDb = QueryCreator<{
  readonly input: { readonly urn: string; readonly stamp: string; readonly members: string[] };
  readonly created: { readonly no: string | number | bigint; readonly urn: string };
}>;

/** Everybody who is in the new conversations, each with a place in the order of changes. */
const peopleOf = (db: CreatedDb, userId: string) =>
  db
    .selectFrom('created')
    .innerJoin('input', 'input.urn', 'created.urn')
    .innerJoinLateral(
      (from) =>
        from
          .selectFrom(
            sql<{
              user_id: string;
            }>`unnest(array_append(input.members, ${userId}::text))`.as<'p'>(sql`p(user_id)`),
          )
          .select('p.user_id')
          .as('person'),
      (join) => join.onTrue(),
    )
    .select([
      'created.no',
      'person.user_id',
      'input.stamp',
      sql<string>`nextval('change_seq')`.as('seq'),
    ]);

/** Conversations that get another title; the later one wins. */
export const RENAMED_CONVERSATIONS: Group<ConversationRow> = {
  keyOf,
  compare: (a, b) => (a.stamp === b.stamp ? 0 : a.stamp < b.stamp ? -1 : 1),
  explain: (db, rows, userId) => explain(db, rows, userId, undefined),
  async write(db, rows, userId) {
    const written = await db
      .with('input', (query) => allowed(query as Db, rows, userId))
      .updateTable('conversations')
      .from('input')
      .set({
        title: sql`input.title`,
        stamp: sql`input.stamp`,
        txid: sql`pg_current_xact_id()`,
        seq: sql`nextval('change_seq')`,
      })
      .whereRef('conversations.no', '=', 'input.no')
      .whereRef('conversations.stamp', '<', 'input.stamp')
      .returning('input.ord')
      .execute();
    return written.map(({ ord }) => ord);
  },
};

const allowed = (db: Db, rows: readonly ConversationRow[], userId: string) =>
  rowsOfMember(db, rows, COLUMNS, userId).select([
    'i.ord',
    'c.no',
    'i.title',
    'i.stamp',
    'c.stamp as known_stamp',
  ]);

async function explain(
  db: Db,
  rows: readonly ConversationRow[],
  userId: string,
  whenThere: Outcome | undefined,
): Promise<ReadonlyMap<number, Outcome | undefined>> {
  const found = await allowed(db, rows, userId).execute();
  return explainRows(rows, found, ({ stamp }, { known_stamp: known }) => {
    if (whenThere !== undefined) return whenThere;
    if (known < stamp) return undefined;
    return known === stamp ? DUPLICATE : SUPERSEDED;
  });
}
