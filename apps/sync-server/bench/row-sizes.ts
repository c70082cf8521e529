import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Client } from './client.ts';

const ROWS = 20_000;

/** Bytes of a row: in its table, and in its indexes. */
export interface RowSize {
  readonly table: string;
  readonly rows: number;
  readonly heap: number;
  readonly indexes: number;
}

/** Fills the other tables too, and measures what a row of each takes on disk. */
export async function measureRows(url: string, databaseUrl: string): Promise<readonly RowSize[]> {
  const people = Array.from({ length: 200 }, (_, index) => `${randomUUID()}-${index}`);
  const carl = await Client.signIn(url, `carl-${randomUUID()}`);
  for (let at = 0; at < ROWS; at += 200) {
    const conversationUrn = `urn:chat:${randomUUID()}`;
    const messages = Array.from({ length: 200 }, () => carl.message(conversationUrn, 'a text'));
    await carl.flush(
      carl.body([
        carl.op('CONVERSATION_CREATE', { conversationUrn, title: null, memberIds: people }),
        ...messages,
        carl.op('READ_SET', { conversationUrn, upTo: new Date().toISOString() }),
      ]),
    );
    const reactions = messages.map((message) => {
      const { payload } = message as { payload: { id: string; sentTimestamp: string } };
      const { id: messageId, sentTimestamp } = payload;
      return carl.op('REACTION_SET', {
        conversationUrn,
        sentTimestamp,
        messageId,
        senderId: carl.userId,
        emoji: '👍',
      });
    });
    await carl.flush(carl.body(reactions));
  }
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  await db.query('VACUUM ANALYZE');
  const { rows } = await db.query<{ table: string; rows: string; heap: string; indexes: string }>(`
    SELECT relname AS "table", reltuples::bigint::text AS rows,
      (pg_table_size(oid) / greatest(reltuples, 1))::int::text AS heap,
      (pg_indexes_size(oid) / greatest(reltuples, 1))::int::text AS indexes
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 1000
    ORDER BY reltuples DESC`);
  await db.end();
  return rows.map(({ table, ...row }) => ({
    table,
    rows: Number(row.rows),
    heap: Number(row.heap),
    indexes: Number(row.indexes),
  }));
}
