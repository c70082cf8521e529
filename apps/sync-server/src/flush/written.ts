import { sql } from 'kysely';
import { type GroupRow } from './group.ts';

/** What a statement says of the rows that it wrote: how many, and the keys unless it is all that were given. */
export interface Written {
  readonly count: number;
  /** The URN of the conversation and the other parts of the key. */
  readonly keys: readonly (readonly [string, ...(string | number)[]])[] | null;
}

/**
 * The answer of a statement whose part `written` returns `conversation_no` and the columns of `key`. Keys are looked up only
 * when some row was not written: to read 500 keys takes a good part of the time that it takes to write 500 rows.
 */
export const writtenOf = (rows: readonly GroupRow[], ...key: readonly string[]) => {
  const parts = [sql`c.urn`, ...key.map((column) => sql.ref(`written.${column}`))];
  const count = sql<number>`(SELECT count(*)::int FROM written)`;
  const keys = sql<Written['keys']>`CASE WHEN ${count} < ${rows.length}::int THEN (
    SELECT json_agg(json_build_array(${sql.join(parts)}))
    FROM written INNER JOIN conversations AS c ON c.no = written.conversation_no) END`;
  return [count.as('count'), keys.as('keys')] as const;
};

/** `ord` of the rows that were written. */
export function ordsOf<Row extends GroupRow>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  { count, keys }: Written,
  keyOfWritten: (...key: [string, ...(string | number)[]]) => string,
): readonly number[] {
  if (count === rows.length) return rows.map(({ ord }) => ord);
  const ords = new Map(rows.map((row) => [keyOf(row), row.ord]));
  return (keys ?? []).flatMap((key) => ords.get(keyOfWritten(...key)) ?? []);
}
