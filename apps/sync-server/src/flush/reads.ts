import { type OperationOf } from '@chat-vault/live-sync/protocol';
import { type Db } from '../database/tables.ts';
import { explainRows } from './explain.ts';
import { type Group, type GroupRow } from './group.ts';
import { condition, rowsOfMember } from './input-rows.ts';
import { DUPLICATE, SUPERSEDED } from './outcome.ts';
import { ordsOf, writtenOf } from './written.ts';

/** Up to where a person has read a conversation. */
export interface ReadRow extends GroupRow {
  readonly [column: string]: unknown;
  readonly urn: string;
  readonly upto: number;
}

const COLUMNS = 'ord int, urn text, upto bigint';

/** The row of an operation. */
export const readRow = (ord: number, { payload }: OperationOf<'READ_SET'>): ReadRow => ({
  ord,
  urn: payload.conversationUrn,
  upto: Date.parse(payload.upTo),
});

const keyOf = ({ urn }: { readonly urn: string }): string => urn;

/** Read markers only go forward, so no clock decides. */
export const READS: Group<ReadRow> = {
  keyOf,
  compare: (a, b) => a.upto - b.upto,

  async write(db, rows, userId) {
    const written = await db
      .with('input', (query) =>
        ofMembers(query as Db, rows, userId).select(['i.ord', 'c.no', 'i.upto']),
      )
      .with('written', (query) =>
        query
          .insertInto('reads')
          .columns(['user_id', 'conversation_no', 'up_to_ms'])
          .expression((from) =>
            from
              .selectFrom('input')
              .select((eb) => [eb.val(userId).as('user_id'), 'input.no', 'input.upto']),
          )
          .onConflict((conflict) =>
            conflict
              .columns(['user_id', 'conversation_no'])
              .doUpdateSet((eb) => ({
                up_to_ms: eb.ref('excluded.up_to_ms'),
                txid: eb.ref('excluded.txid'),
                seq: eb.ref('excluded.seq'),
              }))
              .where(condition('excluded.up_to_ms > reads.up_to_ms')),
          )
          .returning('conversation_no'),
      )
      .selectNoFrom(() => writtenOf(rows))
      .executeTakeFirstOrThrow();
    return ordsOf(rows, keyOf, written, (urn) => urn);
  },

  async explain(db, rows, userId) {
    const found = await ofMembers(db, rows, userId)
      .leftJoin('reads as r', (join) =>
        join.onRef('r.conversation_no', '=', 'c.no').on('r.user_id', '=', userId),
      )
      .select(['i.ord', 'r.up_to_ms'])
      .execute();
    return explainRows(rows, found, ({ upto }, { up_to_ms: known }) => {
      if (known === null || Number(known) < upto) return undefined;
      return Number(known) === upto ? DUPLICATE : SUPERSEDED;
    });
  },
};

const ofMembers = (db: Db, rows: readonly ReadRow[], userId: string) =>
  rowsOfMember(db, rows, COLUMNS, userId);
