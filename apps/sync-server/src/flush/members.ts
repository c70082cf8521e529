import { type OperationOf } from '@chat-vault/live-sync/protocol';
import { sql } from 'kysely';
import { stampToUuid } from '../database/stamp-uuid.ts';
import { type Db } from '../database/tables.ts';
import { explainRows } from './explain.ts';
import { type Group, type GroupRow } from './group.ts';
import { condition, rowsOfMember } from './input-rows.ts';
import { DUPLICATE, rejected, SUPERSEDED } from './outcome.ts';
import { ordsOf, writtenOf } from './written.ts';

/** What a person becomes in a conversation; `role: null` when they are removed or leave. */
export interface MemberRow extends GroupRow {
  readonly [column: string]: unknown;
  readonly urn: string;
  readonly person: string;
  readonly role: 'owner' | 'member' | null;
  readonly stamp: string;
}

const COLUMNS = 'ord int, urn text, person text, role text, stamp uuid';

/** The row of an operation. */
export const memberRow = (
  ord: number,
  { payload, stamp }: OperationOf<'MEMBER_SET'> | OperationOf<'MEMBER_REMOVE'>,
): MemberRow => ({
  ord,
  urn: payload.conversationUrn,
  person: payload.userId,
  role: 'role' in payload ? payload.role : null,
  stamp: stampToUuid(stamp),
});

/** The later change wins, of equal ones the removal. */
const WINS = condition(`excluded.stamp > members.stamp OR (
  excluded.stamp = members.stamp AND excluded.role IS NULL AND members.role IS NOT NULL)`);

/** Who may: an owner, anybody in a conversation without owners, and everybody for leaving. */
const MAY = condition(`m.role = 'owner' OR (i.role IS NULL AND i.person = m.user_id) OR NOT EXISTS (
  SELECT FROM members AS o WHERE o.conversation_no = c.no AND o.role = 'owner')`);

const cameBack = (column: string) =>
  sql<string>`CASE WHEN members.role IS NULL THEN ${sql.ref(`excluded.${column}`)} ELSE ${sql.ref(`members.${column}`)} END`;

const keyOf = ({ urn, person }: { readonly urn: string; readonly person: string }): string =>
  `${urn}\u0000${person}`;

/** Who is in which conversation. Coming in again, a person is given everything again. */
export const MEMBERS: Group<MemberRow> = {
  keyOf,
  compare: (a, b) =>
    a.stamp === b.stamp
      ? Number(a.role === null) - Number(b.role === null)
      : a.stamp < b.stamp
        ? -1
        : 1,

  async write(db, rows, userId) {
    const written = await db
      .with('input', (query) =>
        ofMembers(query as Db, rows, userId)
          .where(MAY)
          .select([
            'i.ord',
            'c.no',
            'i.person',
            'i.role',
            'i.stamp',
            sql<string>`nextval('change_seq')`.as('seq'),
          ]),
      )
      .with('written', (query) =>
        query
          .insertInto('members')
          .columns(['conversation_no', 'user_id', 'role', 'stamp', 'joined_seq', 'seq'])
          .expression((from) =>
            from
              .selectFrom('input')
              .select([
                'input.no',
                'input.person',
                'input.role',
                'input.stamp',
                'input.seq as joined_seq',
                'input.seq',
              ]),
          )
          .onConflict((conflict) =>
            conflict
              .columns(['user_id', 'conversation_no'])
              .doUpdateSet((eb) => ({
                role: eb.ref('excluded.role'),
                stamp: eb.ref('excluded.stamp'),
                joined_txid: cameBack('joined_txid'),
                joined_seq: cameBack('joined_seq'),
                txid: eb.ref('excluded.txid'),
                seq: eb.ref('excluded.seq'),
              }))
              .where(WINS),
          )
          .returning(['conversation_no', 'user_id']),
      )
      .selectNoFrom(() => writtenOf(rows, 'user_id'))
      .executeTakeFirstOrThrow();
    return ordsOf(rows, keyOf, written, (urn, person) => keyOf({ urn, person: `${person}` }));
  },

  async explain(db, rows, userId) {
    const found = await ofMembers(db, rows, userId)
      .leftJoin('members as t', (join) =>
        join.onRef('t.conversation_no', '=', 'c.no').onRef('t.user_id', '=', 'i.person'),
      )
      .select(['i.ord', 't.stamp', 't.role', MAY.as('may')])
      .execute();
    return explainRows(rows, found, ({ stamp, role }, known) => {
      if (known.may !== true) return rejected('not-an-owner');
      if (known.stamp === null || known.stamp < stamp) return undefined;
      const isSame = known.stamp === stamp && (known.role === null) === (role === null);
      return isSame ? DUPLICATE : SUPERSEDED;
    });
  },
};

const ofMembers = (db: Db, rows: readonly MemberRow[], userId: string) =>
  rowsOfMember(db, rows, COLUMNS, userId);
