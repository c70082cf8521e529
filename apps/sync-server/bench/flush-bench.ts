import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Client } from './client.ts';
import { cpuTime } from './cpu-time.ts';

const BATCH = 500;
const ROUNDS = 60;
/** Rounds before those that count: a server runs for days, and its code is compiled by then. */
const WARM_UP = 60;
const TEXT =
  'See you at the station at eight, and please bring the blue umbrella that I left at your place';

/** The columns of a message that an insert names; the others have defaults. */
const COLUMNS = 'conversation_no, sent_ms, id, sender_id, type_id, payload_text, stamp';

/** Rows a second. */
interface Rates {
  readonly bare: number;
  readonly flush: number;
}

/** One batch after the other, and four at a time. */
export interface FlushFigures {
  readonly one: Rates;
  readonly four: Rates;
  /** Milliseconds of CPU for a batch: PostgreSQL's for each way, the driver's of a bare insert, and the server's of a flush. */
  readonly cpu: {
    readonly bare: number;
    readonly driver: number;
    readonly flush: number;
    readonly server: number;
  };
}

/** Flushes of one message each a second, sixteen at a time: what people who chat do. */
export async function benchSingles(url: string): Promise<number> {
  const count = 1600;
  const dora = await Client.signIn(url, `dora-${randomUUID()}`);
  const urn = `urn:chat:${randomUUID()}`;
  const creation = { conversationUrn: urn, title: null, memberIds: [] };
  await dora.flush(dora.body([dora.op('CONVERSATION_CREATE', creation)]));
  const bodies = Array.from({ length: count }, () => dora.body([dora.message(urn, TEXT)]));
  const ms = await timed(() =>
    Promise.all(
      Array.from({ length: 16 }, async (_, lane) => {
        for (let at = lane; at < count; at += 16) await dora.flush(bodies[at] ?? '');
      }),
    ),
  );
  return count / (ms / 1000);
}

/**
 * The same rows by bare inserts of 500 rows into a table with the same indexes, and by flushes through HTTP, batch by batch in
 * turn, each durable before the next.
 */
export async function benchFlush(
  url: string,
  databaseUrl: string,
  pids: { readonly server: number; readonly postgres: number },
): Promise<FlushFigures> {
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
  const cpu = { bare: 0, driver: 0, flush: 0, server: 0 };
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    const body = anna.body(messages(anna, urn));
    const values = rows();
    const [start, serverStart, own] = [
      cpuTime(pids.postgres),
      cpuTime(pids.server),
      process.cpuUsage(),
    ];
    const bare = await timed(() => db.query(BARE, [...values]));
    const { user, system } = process.cpuUsage(own);
    const middle = cpuTime(pids.postgres);
    const flush = await timed(() => anna.flush(body));
    if (round < 0) continue;
    bareMs.push(bare);
    flushMs.push(flush);
    cpu.bare += (middle - start) / ROUNDS;
    cpu.driver += (user + system) / 1000 / ROUNDS;
    cpu.flush += (cpuTime(pids.postgres) - middle) / ROUNDS;
    cpu.server += (cpuTime(pids.server) - serverStart) / ROUNDS;
  }
  const lanes = await benchLanes(anna, urn, databaseUrl);
  await db.query('DROP TABLE bare_messages');
  await db.end();
  return {
    one: { bare: BATCH / (median(bareMs) / 1000), flush: BATCH / (median(flushMs) / 1000) },
    four: lanes,
    cpu,
  };
}

/** Four at a time of each kind, in turn. */
async function benchLanes(anna: Client, urn: string, databaseUrl: string): Promise<Rates> {
  const clients = await Promise.all(
    [0, 1, 2, 3].map(async () => {
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      return client;
    }),
  );
  const bareMs: number[] = [];
  const flushMs: number[] = [];
  for (let round = 0; round < ROUNDS / 6; round += 1) {
    const bodies = clients.map(() =>
      Array.from({ length: 4 }, () => anna.body(messages(anna, urn))),
    );
    const values = clients.map(() => Array.from({ length: 4 }, rows));
    bareMs.push(
      await timed(() =>
        Promise.all(
          clients.map(async (client, lane) => {
            for (const one of values[lane] ?? []) await client.query(BARE, [...one]);
          }),
        ),
      ),
    );
    flushMs.push(
      await timed(() =>
        Promise.all(
          bodies.map(async (lane) => {
            for (const body of lane) await anna.flush(body);
          }),
        ),
      ),
    );
  }
  for (const client of clients) await client.end();
  const rowsEach = 16 * BATCH;
  return { bare: rowsEach / (median(bareMs) / 1000), flush: rowsEach / (median(flushMs) / 1000) };
}

const messages = (anna: Client, urn: string): readonly object[] =>
  Array.from({ length: BATCH }, () => anna.message(urn, TEXT));

const rows = (): readonly unknown[] =>
  Array.from({ length: BATCH }, () => [
    1,
    Date.now(),
    randomUUID(),
    'anna',
    'text/plain',
    TEXT,
    randomUUID(),
  ]).flat();

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
