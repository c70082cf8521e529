import { sql } from 'kysely';
import { type Db } from '../database/tables.ts';
import { changeToJson, type ChangeRow } from './change-json.ts';
import { comparePlaces, type Cursor, FIRST_PLACE, type Place } from './cursor.ts';
import { readRound } from './read-round.ts';

/** A page of changes, each as JSON text. */
export interface Page {
  readonly changes: readonly string[];
  readonly cursor: Cursor;
  readonly hasMore: boolean;
}

/** The cursor is of a database that is no longer this one: the reader begins anew. */
export class CursorExpired extends Error {
  override readonly name = 'CursorExpired';
}

/** Who reads, from where, and how much. */
export interface PullRequest {
  readonly userId: string;
  /** From the beginning without one. */
  readonly cursor?: Cursor;
  readonly limit: number;
  /** Unix milliseconds. */
  readonly now: number;
}

/**
 * The changes after a cursor that a person may see, in two statements whatever their number. A round takes the changes of
 * transactions before the oldest one that still runs, so that none that commits late is skipped.
 * @throws CursorExpired
 */
export async function pull(db: Db, { userId, cursor, limit, now }: PullRequest): Promise<Page> {
  const { epoch, horizon, memberships } = await readMemberships(db, userId);
  if (cursor !== undefined && (cursor.epoch !== epoch || isAhead(cursor, horizon))) {
    throw new CursorExpired('the cursor is of another lifetime of the database');
  }
  const place = cursor?.place ?? FIRST_PLACE;
  const until = cursor?.round?.until ?? horizon;
  const at = cursor?.round?.at ?? { conversationNo: 0n, ...FIRST_PLACE };
  const settled = memberships.filter(({ joined }) => joined.txid < until);
  const isKnown = ({ joined }: Membership) => comparePlaces(joined, place) <= 0;
  const { rows, isCut } = await readRound(db, {
    userId,
    known: settled.filter(isKnown).map(({ conversationNo }) => conversationNo),
    entered: settled.filter((one) => !isKnown(one)).map(({ conversationNo }) => conversationNo),
    place,
    until,
    at,
    limit,
    now,
  });
  const last = rows.at(-1);
  const changes = rows.map(changeToJson);
  if (last === undefined || !isCut) {
    // A round that began earlier leaves behind what happened since; one of now leaves nothing.
    return {
      changes,
      cursor: { epoch, place: { txid: until, seq: 0n } },
      hasMore: until < horizon,
    };
  }
  return {
    changes,
    cursor: { epoch, place, round: { until, at: placeInRound(last) } },
    hasMore: true,
  };
}

interface Membership {
  readonly conversationNo: bigint;
  readonly joined: Place;
}

/** What a person may read, and the oldest transaction that still runs: what came before has all ended. */
async function readMemberships(db: Db, userId: string) {
  const rows = await db
    .selectFrom('sync_state as s')
    .leftJoin('members as m', (join) =>
      join.on('m.user_id', '=', userId).on('m.role', 'is not', null),
    )
    .select([
      's.epoch',
      sql<string>`pg_snapshot_xmin(pg_current_snapshot())::text`.as('horizon'),
      'm.conversation_no',
      sql<string>`m.joined_txid::text`.as('joined_txid'),
      'm.joined_seq',
    ])
    .execute();
  const memberships = rows.flatMap(({ conversation_no, joined_txid, joined_seq }): Membership[] =>
    conversation_no === null || joined_seq === null
      ? []
      : [
          {
            conversationNo: BigInt(conversation_no),
            joined: { txid: BigInt(joined_txid), seq: BigInt(joined_seq) },
          },
        ],
  );
  return {
    epoch: BigInt(rows[0]?.epoch ?? 0),
    horizon: BigInt(rows[0]?.horizon ?? 0),
    memberships,
  };
}

const isAhead = ({ place, round }: Cursor, horizon: bigint): boolean =>
  place.txid > horizon || (round !== undefined && round.until > horizon);

const placeInRound = (row: ChangeRow) => ({
  conversationNo: BigInt(row.conversation_no),
  txid: BigInt(row.txid),
  seq: BigInt(row.seq),
});
