import { sql } from 'kysely';
import { type ChangeRow } from '../pull/change-json.ts';
import { type Place } from '../pull/cursor.ts';
import { withinBytes } from '../pull/within-bytes.ts';
import { type Db } from '../database/tables.ts';

/** A change, and whether every transaction before its own has ended, so that nothing can come before it any more. */
export interface TailRow extends ChangeRow {
  readonly is_settled: boolean;
}

const VIEWS = [
  'conversation_changes',
  'member_changes',
  'message_changes',
  'reaction_changes',
  'story_changes',
  'read_changes',
] as const;

/** The oldest changes after a place, of everybody, in order: one statement. `isCut` says whether there is more. */
export async function readTail(
  db: Db,
  place: Place,
  limit: number,
): Promise<{ readonly rows: readonly TailRow[]; readonly isCut: boolean }> {
  const branch = (view: (typeof VIEWS)[number]) =>
    db
      .selectFrom(
        db
          .selectFrom(view)
          .selectAll()
          .select(sql<string>`txid`.as('place_txid'))
          .where(sql<boolean>`(txid, seq) > (${`${place.txid}`}::xid8, ${`${place.seq}`}::bigint)`)
          .orderBy('txid')
          .orderBy('seq')
          .limit(limit)
          .as('branch'),
      )
      .selectAll();
  const [first, ...others] = VIEWS;
  let all = branch(first);
  for (const view of others) all = all.unionAll(branch(view));
  const rows = await withinBytes(
    db
      .selectFrom(all.as('change'))
      .innerJoin('conversations as c', 'c.no', 'change.conversation_no')
      .selectAll('change')
      .select([
        'c.urn',
        sql<boolean>`change.place_txid < pg_snapshot_xmin(pg_current_snapshot())`.as('is_settled'),
      ])
      .orderBy(sql`change.place_txid`)
      .orderBy('change.seq')
      .limit(limit),
    db,
    'place_txid, seq',
  );
  const found = Number(rows[0]?.found ?? 0);
  return { rows, isCut: found === limit || rows.length < found };
}

/** Where the changes that are settled now end. */
export async function readHorizon(db: Db): Promise<Place> {
  const { rows } = await sql<{ readonly xmin: string }>`
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin`.execute(db);
  return { txid: BigInt(rows[0]?.xmin ?? 0), seq: 0n };
}
