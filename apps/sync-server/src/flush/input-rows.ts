import { sql, type SqlBool } from 'kysely';

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

/** A condition in SQL. */
export const condition = (text: string) => sql<SqlBool>`${sql.raw(text)}`;
