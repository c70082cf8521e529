import { type Change } from '@chat-vault/live-sync/protocol';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { flush } from '../flush/flush.ts';
import { ManualTimers } from '../testing/manual-timers.ts';
import {
  createPostgresDatabase,
  openTestPostgres,
  type TestDatabase,
} from '../testing/test-databases.ts';
import { problemOf } from '../testing/test-person.ts';
import { createConversation, START, startTestWorld } from '../testing/test-world.ts';
import { doNothing } from '../timers.ts';
import { migrate } from './migrate.ts';
import { openPostgres } from './postgres-database.ts';

const texts = (changes: readonly Change[]) =>
  changes.flatMap((change) =>
    change.kind === 'message' ? [`${change.message['payloadText']}`] : [],
  );

/** A transaction of another client that stays open until it is told to end. */
async function holdOpen(database: TestDatabase, run: (db: TestDatabase['db']) => Promise<unknown>) {
  let commit = doNothing;
  const isToCommit = new Promise<void>((resolve) => (commit = resolve));
  let done: Promise<unknown> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    done = database.db.transaction().execute(async (transaction) => {
      await run(transaction);
      resolve();
      await isToCommit;
    });
    done.catch(reject);
  });
  return async () => {
    commit();
    await done;
  };
}

describe('a transaction that commits late', () => {
  it('is skipped by no pull and no stream', async () => {
    const database = await openTestPostgres(await createPostgresDatabase());
    const world = await startTestWorld(database);
    const [anna, ben] = [await world.person(), await world.person()];
    const urn = await createConversation(anna, ben);
    const { cursor } = await ben.pull();
    const stream = await ben.live(cursor);
    await stream.until('caught-up');

    const late = anna.op('MESSAGE_SEND', anna.message(urn, 'late'));
    const commit = await holdOpen(database, (db) =>
      flush(db, [late], { userId: anna.userId, now: START }),
    );
    await anna.flush(anna.op('MESSAGE_SEND', anna.message(urn, 'early')));
    const meanwhile = await ben.pull(cursor);
    const again = await ben.pull(meanwhile.cursor);
    await commit();
    // Only an instance that flushes tells of it; of what others do the hub finds out by itself.
    world.timers.advance(5000);
    const afterwards = await ben.pull(again.cursor);
    const pulled = [meanwhile, again, afterwards].flatMap(({ changes }) => texts(changes));
    expect(pulled.toSorted()).toEqual(['early', 'late']);
    expect(texts(await stream.changes(2))).toEqual(['late', 'early']);

    stream.close();
    await world.close();
    await database.close();
  });

  it('is told also to who came when nobody listened yet', async () => {
    const database = await openTestPostgres(await createPostgresDatabase());
    const world = await startTestWorld(database);
    const anna = await world.person();
    const urn = await createConversation(anna);
    const { cursor } = await anna.pull();
    const commit = await holdOpen(database, async (db) => {
      await sql`SELECT pg_current_xact_id()`.execute(db);
    });
    // Of what another instance does, no notice comes here in time.
    const waits = anna.op('MESSAGE_SEND', anna.message(urn, 'waits'));
    await flush(database.db, [waits], { userId: anna.userId, now: START });
    const stream = await anna.live(cursor);
    expect((await stream.until('caught-up')).changes).toEqual([]);
    await commit();
    let heard: readonly string[] = [];
    const hearing = stream.changes(1).then((changes) => (heard = texts(changes)));
    // Long before the hub looks by itself.
    await expect
      .poll(() => {
        world.timers.advance(50);
        return heard;
      })
      .toEqual(['waits']);
    expect(world.timers.now()).toBeLessThan(START + 5000);
    await hearing;
    stream.close();
    await world.close();
    await database.close();
  });

  it('that is rolled back holds nothing up for ever', async () => {
    const database = await openTestPostgres(await createPostgresDatabase());
    const world = await startTestWorld(database);
    const anna = await world.person();
    const urn = await createConversation(anna);
    const stream = await anna.live();
    await stream.until('caught-up');
    const open = await holdOpen(database, async (db) => {
      await sql`SELECT pg_current_xact_id()`.execute(db);
    });
    const held = await holdOpen(database, async (db) => {
      const lost = anna.op('MESSAGE_SEND', anna.message(urn, 'lost'));
      await flush(db, [lost], { userId: anna.userId, now: START });
      await sql`SET LOCAL idle_in_transaction_session_timeout = 0`.execute(db);
    });
    await anna.flush(anna.op('MESSAGE_SEND', anna.message(urn, 'kept')));
    await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND state = 'idle in transaction'`.execute(database.db);
    await expect(open()).rejects.toThrow();
    await expect(held()).rejects.toThrow();
    // No notice tells of a transaction that ends like this: the hub looks by itself.
    world.timers.advance(5000);
    expect(texts(await stream.changes(1))).toEqual(['kept']);
    stream.close();
    await world.close();
    await database.close();
  });
});

describe('two instances', () => {
  it('carry live changes to each other, and share nothing but PostgreSQL', async () => {
    const url = await createPostgresDatabase();
    const databases = [await openTestPostgres(url), await openTestPostgres(url)] as const;
    const one = await startTestWorld(databases[0]);
    const two = await startTestWorld(databases[1], {}, one.timers);
    const [anna, ben] = [await one.person(), await one.person()];
    const urn = await createConversation(anna, ben);
    const there = ben.at(two.server.url);
    const stream = await there.live();
    await stream.until('caught-up');
    await anna.flush(anna.op('MESSAGE_SEND', anna.message(urn, 'hello')));
    expect(texts(await stream.changes(1))).toEqual(['hello']);
    await there.flush(there.op('MESSAGE_SEND', there.message(urn, 'hi')));
    expect(texts((await anna.pull()).changes).toSorted()).toEqual(['hello', 'hi']);
    // The cursor of one holds at the other.
    expect(texts((await ben.pull(stream.cursor)).changes)).toEqual(['hi']);
    await anna.flush(anna.op('MEMBER_REMOVE', { conversationUrn: urn, userId: ben.userId }));
    expect((await stream.until('end')).event.data).toEqual({ reason: 'membership' });
    await one.close();
    await two.close();
    for (const database of databases) await database.close();
  });

  it('migrate once when they start at the same time', async () => {
    const url = await createPostgresDatabase();
    const timers = new ManualTimers(START);
    const opened = await Promise.all(
      Array.from({ length: 4 }, () =>
        openPostgres({ url, poolSize: 2, timers, onError: doNothing }),
      ),
    );
    const migrated = await Promise.all(opened.map(({ db }) => migrate(db)));
    expect(migrated.flat()).toEqual(['0001-tables']);
    for (const database of opened) await database.close();
  });
});

describe('the connection that listens', () => {
  it('is opened again when it breaks, and what was missed comes', async () => {
    const timers = new ManualTimers(START);
    const url = await createPostgresDatabase();
    const database = await openTestPostgres(url, timers);
    const world = await startTestWorld(database, {}, timers);
    const anna = await world.person();
    const urn = await createConversation(anna);
    const stream = await anna.live();
    await stream.until('caught-up');
    const killed = await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'chat-sync-listener'`.execute(
      database.db,
    );
    expect(killed.rows).toHaveLength(1);
    await anna.flush(anna.op('MESSAGE_SEND', anna.message(urn, 'missed')));
    await expect
      .poll(() => {
        timers.advance(1000);
        return countListeners(database);
      })
      .toBe(1);
    expect(texts(await stream.changes(1))).toEqual(['missed']);
    await anna.flush(anna.op('MESSAGE_SEND', anna.message(urn, 'live')));
    expect(texts(await stream.changes(1))).toEqual(['live']);
    stream.close();
    await world.close();
    await database.close();
  });
});

const countListeners = async ({ db }: TestDatabase): Promise<number> => {
  const { rows } = await sql`SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'chat-sync-listener'`.execute(db);
  return rows.length;
};

describe('a database that was restored into another cluster', () => {
  it('ends every cursor, and gives everything', async () => {
    const url = await createPostgresDatabase();
    const database = await openTestPostgres(url);
    const world = await startTestWorld(database);
    const [anna, ben] = [await world.person(), await world.person()];
    const urn = await createConversation(anna, ben);
    await anna.flush(anna.op('MESSAGE_SEND', anna.message(urn, 'old')));
    const { cursor } = await anna.pull();
    await world.close();
    await sql`UPDATE messages SET txid = '900000000000'`.execute(database.db);
    await sql`UPDATE members SET joined_txid = '900000000000'`.execute(database.db);
    await migrate(database.db);
    const moved = await startTestWorld(database);
    const [there, other] = [anna.at(moved.server.url), ben.at(moved.server.url)];
    expect((await problemOf(await there.request(`/api/sync?since=${cursor}`))).code).toBe(
      'cursor-expired',
    );
    await there.flush(there.op('MESSAGE_SEND', there.message(urn, 'new')));
    expect(texts((await other.pull()).changes).toSorted()).toEqual(['new', 'old']);
    await moved.close();
    await database.close();
  });
});
