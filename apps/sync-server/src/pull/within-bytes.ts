import { type SelectQueryBuilder, sql } from 'kysely';
import { type Db, type Tables } from '../database/tables.ts';

/** Bytes of payload in one page; the first change is always in it. */
const MOST_BYTES = 1024 * 1024;

interface Payload {
  readonly payload_text: string | null;
  readonly payload_bytes: Uint8Array | null;
}

/**
 * The rows of an ordered and limited query whose payloads fit into a page, each with `found`: how many rows the query gave.
 * `order` names the columns that it is ordered by. The lengths are known to PostgreSQL without reading the payloads.
 */
export async function withinBytes<Row extends Payload>(
  rows: SelectQueryBuilder<Tables, never, Row>,
  db: Db,
  order: string,
): Promise<readonly (Row & { readonly found: string | number | bigint })[]>;
export async function withinBytes(
  rows: SelectQueryBuilder<Tables, never, Payload>,
  db: Db,
  order: string,
) {
  const measured = db
    .selectFrom(rows.as('row'))
    .selectAll('row')
    .select([
      sql<string>`count(*) OVER ()`.as('found'),
      sql<string>`row_number() OVER (ORDER BY ${sql.raw(order)})`.as('rank'),
      sql<string>`sum(coalesce(octet_length(payload_text), 0) + coalesce(octet_length(payload_bytes), 0))
        OVER (ORDER BY ${sql.raw(order)})`.as('bytes_so_far'),
    ]);
  return db
    .selectFrom(measured.as('m'))
    .selectAll('m')
    .where(sql<boolean>`m.rank = 1 OR m.bytes_so_far <= ${MOST_BYTES}`)
    .orderBy('m.rank')
    .execute();
}
