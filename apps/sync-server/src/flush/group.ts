import { type Db } from '../database/tables.ts';
import { type Outcome, SUPERSEDED } from './outcome.ts';

/** A row of a group, and the operation that it stands for. */
export interface GroupRow {
  readonly ord: number;
}

/** How the rows of one group are written: in one statement, and what is left over is looked into by another one. */
export interface Group<Row extends GroupRow> {
  /** The same text for rows that change the same thing. */
  keyOf(row: Row): string;
  /** Above 0 when `a` wins over `b`; 0 when they are the same change. */
  compare(a: Row, b: Row): number;
  /** Writes what wins, and gives `ord` of the rows that changed something. */
  write(db: Db, rows: readonly Row[], userId: string): Promise<readonly number[]>;
  /** Why the other rows changed nothing; `undefined` for a row that meanwhile could be written. */
  explain(
    db: Db,
    rows: readonly Row[],
    userId: string,
  ): Promise<ReadonlyMap<number, Outcome | undefined>>;
}

/** Of several rows with the same key the one that wins, in the order of the keys, so that two batches lock in the same order. */
function winnersOf<Row extends GroupRow>(
  rows: readonly Row[],
  { keyOf, compare }: Group<Row>,
): ReadonlyMap<string, Row> {
  const winners = new Map<string, Row>();
  for (const row of rows) {
    const key = keyOf(row);
    const known = winners.get(key);
    if (known === undefined || compare(row, known) > 0) winners.set(key, row);
  }
  return new Map([...winners].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const MOST_ROUNDS = 3;

/**
 * Writes the rows of a group, at most one statement to write and one to explain, again only when another transaction came in
 * between. Gives the outcome of each by its `ord`.
 */
export async function writeGroup<Row extends GroupRow>(
  db: Db,
  group: Group<Row>,
  rows: readonly Row[],
  userId: string,
): Promise<ReadonlyMap<number, Outcome>> {
  const outcomes = new Map<number, Outcome>();
  const winners = winnersOf(rows, group);
  let missing = [...winners.values()];
  for (let round = 0; round < MOST_ROUNDS && missing.length > 0; round += 1) {
    const applied = new Set(await withRetry(() => group.write(db, missing, userId)));
    for (const ord of applied) outcomes.set(ord, { status: 'applied' });
    missing = missing.filter(({ ord }) => !applied.has(ord));
    if (missing.length === 0) break;
    const reasons = await group.explain(db, missing, userId);
    for (const { ord } of missing) {
      const outcome = reasons.get(ord);
      if (outcome) outcomes.set(ord, outcome);
    }
    missing = missing.filter(({ ord }) => !outcomes.has(ord));
  }
  if (missing.length > 0) throw new Error('the rows of a flush changed again and again meanwhile');
  return withLosers(outcomes, winners, rows, group);
}

/** Rows that lost to another one of the same batch: the same change shares its outcome, another one was superseded. */
function withLosers<Row extends GroupRow>(
  outcomes: ReadonlyMap<number, Outcome>,
  winners: ReadonlyMap<string, Row>,
  rows: readonly Row[],
  group: Group<Row>,
): ReadonlyMap<number, Outcome> {
  if (winners.size === rows.length) return outcomes;
  const all = new Map(outcomes);
  for (const row of rows) {
    const winner = winners.get(group.keyOf(row));
    if (winner === undefined || winner === row) continue;
    const outcome = outcomes.get(winner.ord) ?? SUPERSEDED;
    if (outcome.status === 'rejected') all.set(row.ord, outcome);
    else {
      const isSame = group.compare(row, winner) === 0;
      all.set(row.ord, { status: isSame ? 'duplicate' : 'superseded' });
    }
  }
  return all;
}

const DEADLOCK = '40P01';
const NOT_SERIALIZABLE = '40001';

/** Two batches that lock each other out: PostgreSQL ends one of them, and nothing of it has happened. */
async function withRetry<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      const { code } = error as { readonly code?: string };
      if (attempt === MOST_ROUNDS || (code !== DEADLOCK && code !== NOT_SERIALIZABLE)) throw error;
    }
  }
}
