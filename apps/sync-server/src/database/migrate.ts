import { sql } from 'kysely';
import { firstMigration } from './first-migration.ts';
import { type Db } from './tables.ts';

/** Every migration by its name; they run in the order of the names, each once. */
const MIGRATIONS: Readonly<Record<string, (db: Db) => Promise<void>>> = {
  '0001-tables': firstMigration,
};

/** Any number that no other program takes in this database. */
const LOCK = 7_312_004_415;

/**
 * Brings the database up to date: one transaction under an advisory lock, so that of several instances that start at once
 * one does it and the others find it done. A failure leaves everything as it was.
 */
export async function migrate(db: Db): Promise<readonly string[]> {
  return db.transaction().execute(async (transaction) => {
    // However long it takes, here or at the instance that came first.
    await sql`SET LOCAL statement_timeout = 0`.execute(transaction);
    await sql`SELECT pg_advisory_xact_lock(${LOCK}::bigint)`.execute(transaction);
    await sql`CREATE TABLE IF NOT EXISTS migrations (
      name text PRIMARY KEY, done_at timestamptz NOT NULL DEFAULT now()
    )`.execute(transaction);
    const { rows } = await sql<{ readonly name: string }>`SELECT name FROM migrations`.execute(
      transaction,
    );
    const done = new Set(rows.map(({ name }) => name));
    const missing = Object.entries(MIGRATIONS).filter(([name]) => !done.has(name));
    for (const [name, migration] of missing) {
      await migration(transaction);
      await sql`INSERT INTO migrations (name) VALUES (${name})`.execute(transaction);
    }
    await beginNewEpochWhenMoved(transaction);
    return missing.map(([name]) => name);
  });
}

const PLACED = ['conversations', 'members', 'messages', 'reactions', 'stories', 'reads'] as const;

/**
 * A database that was restored into another cluster holds transaction ids that this cluster has not reached. Nobody would be
 * told of such rows for a long time, so they are put first in the order, and every cursor ends.
 */
async function beginNewEpochWhenMoved(db: Db): Promise<void> {
  const newest = PLACED.map(
    (table) => sql`(SELECT txid FROM ${sql.table(table)} ORDER BY txid DESC LIMIT 1)`,
  );
  const { rows } = await sql<{ readonly isMoved: boolean | null }>`
    SELECT greatest(${sql.join(newest)})::text::numeric
      >= pg_snapshot_xmax(pg_current_snapshot())::text::numeric AS "isMoved"`.execute(db);
  if (rows[0]?.isMoved !== true) return;
  for (const table of PLACED) {
    await sql`UPDATE ${sql.table(table)} SET txid = '3'::xid8`.execute(db);
  }
  await sql`UPDATE members SET joined_txid = '3'::xid8`.execute(db);
  await sql`UPDATE sync_state SET epoch = epoch + 1`.execute(db);
}
