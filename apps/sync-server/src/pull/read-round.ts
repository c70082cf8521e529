import { type Expression, sql, type SqlBool } from 'kysely';
import { type Db, type Tables } from '../database/tables.ts';
import { type ChangeRow } from './change-json.ts';
import { withinBytes } from './within-bytes.ts';
import { type Place, type RoundPlace } from './cursor.ts';

/** The next part of a round: who reads, which conversations, and from where to where. */
export interface RoundRequest {
  readonly userId: string;
  /** Conversations whose changes after `place` are missing. */
  readonly known: readonly bigint[];
  /** Conversations that the reader came into since: all of them is missing. */
  readonly entered: readonly bigint[];
  readonly place: Place;
  /** Transactions before this one: all of them have ended. */
  readonly until: bigint;
  readonly at: RoundPlace;
  readonly limit: number;
  /** Stories that ended before are left out, Unix milliseconds. */
  readonly now: number;
}

type View = Extract<keyof Tables, `${string}_changes`>;

const OF_CONVERSATIONS = [
  'conversation_changes',
  'member_changes',
  'message_changes',
  'reaction_changes',
  'story_changes',
] as const;

/**
 * The next changes of a round, at most `limit` of them, ordered by conversation and place: one statement, each branch of which
 * reads its rows in the order of an index and stops at the limit.
 */
export async function readRound(
  db: Db,
  request: RoundRequest,
): Promise<{
  readonly rows: readonly ChangeRow[];
  /** Whether there is more. */ readonly isCut: boolean;
}> {
  const { userId, known, entered, place, limit, now } = request;
  const isNew = sql<SqlBool>`(txid, seq) > (${`${place.txid}`}::xid8, ${`${place.seq}`}::bigint)`;
  const branches = OF_CONVERSATIONS.flatMap((view) => {
    const shown = view === 'story_changes' ? sql<SqlBool>`expires_ms > ${now}::bigint` : undefined;
    return [
      ...(known.length > 0 ? [branch(db, view, request, [among(known), isNew, shown])] : []),
      ...(entered.length > 0 ? [branch(db, view, request, [among(entered), shown])] : []),
    ];
  });
  const own = sql<SqlBool>`user_id = ${userId}`;
  const isLeft = sql<SqlBool>`word IS NULL`;
  // A conversation that the reader is no longer in: only that is told of it.
  let all = branch(db, 'member_changes', request, [own, isNew, isLeft]);
  for (const other of [branch(db, 'read_changes', request, [own, isNew]), ...branches]) {
    all = all.unionAll(other);
  }
  const rows = await withinBytes(
    db
      .selectFrom(all.as('change'))
      .innerJoin('conversations as c', 'c.no', 'change.conversation_no')
      .selectAll('change')
      .select('c.urn')
      .orderBy('change.conversation_no')
      .orderBy(sql`change.place_txid`)
      .orderBy('change.seq')
      .limit(limit),
    db,
    'conversation_no, place_txid, seq',
  );
  const found = Number(rows[0]?.found ?? 0);
  return { rows, isCut: found === limit || rows.length < found };
}

const among = (numbers: readonly bigint[]) =>
  sql<SqlBool>`conversation_no = ANY(${`{${numbers.join(',')}}`}::bigint[])`;

function branch(
  db: Db,
  view: View,
  { until, at, limit }: RoundRequest,
  conditions: readonly (Expression<SqlBool> | undefined)[],
) {
  let rows = db
    .selectFrom(view)
    .selectAll()
    // Under its own type for ordering, as no driver knows it.
    .select(sql<string>`txid`.as('place_txid'))
    .where(sql<SqlBool>`txid < ${`${until}`}::xid8`)
    .where(
      sql<SqlBool>`(conversation_no, txid, seq) > (${`${at.conversationNo}`}::bigint, ${`${at.txid}`}::xid8, ${`${at.seq}`}::bigint)`,
    );
  for (const condition of conditions) if (condition) rows = rows.where(condition);
  const ordered = rows.orderBy('conversation_no').orderBy('txid').orderBy('seq').limit(limit);
  return db.selectFrom(ordered.as('branch')).selectAll();
}
