import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Client } from './client.ts';

const BATCH = 500;
const ROUNDS = 40;
const TEXT =
  'See you at the station at eight, and please bring the blue umbrella that I left at your place';

/** The columns of a message that an insert names; the others have defaults. */
const COLUMNS = 'conversation_no, sent_ms, id, sender_id, type_id, payload_text, stamp';

/** Rows a second. */
export interface FlushFigures {
  readonly bare: number;
  readonly flush: number;
  readonly flushOfFour: number;
}

/**
 * The same rows by bare inserts of 500 rows into a table with the same indexes, and by flushes through HTTP, batch by batch in
 * turn, each durable before the next.
 */
export async function benchFlush(url: string, databaseUrl: string): Promise<FlushFigures> {
  const anna = await Client.signIn(url, 'anna');
  const urn = `urn:chat:${randomUUID()}`;
  const create = anna.op('CONVERSATION_CREATE', {
    conversationUrn: urn,
    title: null,
    memberIds: [],
  });
  await anna.flush(anna.body([create]));
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  await db.query('CREATE TABLE bare_messages (LIKE messages INCLUDING ALL)');

  const bareMs: number[] = [];
  const flushMs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const body = anna.body(Array.from({ length: BATCH }, () => anna.message(urn, TEXT)));
    const values = Array.from({ length: BATCH }, () => [
      1,
      Date.now(),
      randomUUID(),
      'anna',
      'text/plain',
      TEXT,
      randomUUID(),
    ]).flat();
    bareMs.push(await timed(() => db.query(BARE, values)));
    flushMs.push(await timed(() => anna.flush(body)));
  }
  const four = Array.from({ length: ROUNDS }, () =>
    anna.body(Array.from({ length: BATCH }, () => anna.message(urn, TEXT))),
  );
  const fourMs = await timed(() =>
    Promise.all(
      [0, 1, 2, 3].map(async (lane) => {
        for (let at = lane; at < four.length; at += 4) await anna.flush(four[at] ?? '');
      }),
    ),
  );
  await db.query('DROP TABLE bare_messages');
  await db.end();
  return {
    bare: BATCH / (median(bareMs) / 1000),
    flush: BATCH / (median(flushMs) / 1000),
    flushOfFour: (ROUNDS * BATCH) / (fourMs / 1000),
  };
}

const BARE = `INSERT INTO bare_messages (${COLUMNS}) VALUES ${Array.from(
  { length: BATCH },
  (_, row) =>
    `(${Array.from({ length: 7 }, (_column, column) => `$${row * 7 + column + 1}`).join(',')})`,
).join(',')}`;

/** Milliseconds that it takes. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** The middle one. */
export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);

/** The number below which so much of all are. */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}
