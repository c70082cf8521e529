import { sql, type SqlBool } from 'kysely';
import { type Db } from '../database/tables.ts';

/** A row that is handed to a statement: plain JSON, `ord` says which operation it came from. */
export interface InputRow {
  readonly ord: number;
  readonly [column: string]: unknown;
}

/**
 * Rows as one parameter of a statement, whatever their number: as `columns` says, a list of names and types like
 * `ord int, urn text`.
 */
export const inputRows = <Row extends InputRow>(rows: readonly Row[], columns: string) =>
  sql<Row>`json_to_recordset(${JSON.stringify(rows)}::json)`.as<'i'>(sql.raw(`i(${columns})`));

/** The rows (`i`) of conversations (`c`) that the person is a member of (`m`): who is not allowed is not in it. */
export const rowsOfMember = <Row extends InputRow & { readonly urn: string }>(
  db: Db,
  rows: readonly Row[],
  columns: string,
  userId: string,
) =>
  db
    .selectFrom(inputRows(rows, columns))
    .innerJoin('conversations as c', (join) => join.on(condition('c.urn = i.urn')))
    .innerJoin('members as m', (join) =>
      join
        .onRef('m.conversation_no', '=', 'c.no')
        .on('m.user_id', '=', userId)
        .on('m.role', 'is not', null),
    );

/** A condition in SQL. */
export const condition = (text: string) => sql<SqlBool>`${sql.raw(text)}`;
