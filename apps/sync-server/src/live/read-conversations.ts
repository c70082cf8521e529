import { type Db } from '../database/tables.ts';

/** The conversations that a person is in now, by number. */
export async function readConversations(db: Db, userId: string): Promise<ReadonlySet<bigint>> {
  const rows = await db
    .selectFrom('members')
    .select('conversation_no')
    .where('user_id', '=', userId)
    .where('role', 'is not', null)
    .execute();
  return new Set(rows.map(({ conversation_no: no }) => BigInt(no)));
}
