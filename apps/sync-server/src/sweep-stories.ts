import { type Db } from './database/tables.ts';

/** Removes stories that have ended; nobody was told of them any more. */
export async function sweepStories(db: Db, now: number): Promise<void> {
  await db.deleteFrom('stories').where('expires_ms', '<=', `${now}`).execute();
}
