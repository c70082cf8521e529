import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll } from 'vitest';
import { migrate } from '../database/migrate.ts';
import { type Database } from '../database/open-database.ts';
import { openPglite } from '../database/pglite-database.ts';
import { openPostgres } from '../database/postgres-database.ts';
import { type PostgresCluster, startPostgres } from './postgres-cluster.ts';
import { doNothing, systemTimers, type Timers } from '../timers.ts';

/** A database of a test, with what it was asked. */
export interface TestDatabase extends Database {
  /** The statements since the last call. */
  takeStatements(): readonly string[];
}

/** Both kinds: the same tests run on each. */
export const DATABASE_KINDS = ['pglite', 'postgres'] as const;

/** Which database a suite runs on. */
export type DatabaseKind = (typeof DATABASE_KINDS)[number];

/** A new migrated database. */
export async function openTestDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  if (kind === 'pglite') {
    const { log, takeStatements } = recorder();
    const database = await openPglite({ log });
    await migrate(database.db);
    return { ...database, takeStatements };
  }
  return openTestPostgres(await createPostgresDatabase());
}

/**
 * The PostgreSQL of this file of tests, and of no other: an open transaction holds back the changes of all databases of a cluster.
 * Without PostgreSQL on the machine these tests fail, and say so.
 */
let cluster: Promise<PostgresCluster> | undefined;
afterAll(async () => (await cluster)?.stop());

/** The address of a new empty database in the cluster of the tests. */
export async function createPostgresDatabase(): Promise<string> {
  cluster ??= startPostgres();
  const { url: clusterUrl } = await cluster;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client({ connectionString: clusterUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(clusterUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** A migrated database of that address; a second one of the same address is like another instance's. */
export async function openTestPostgres(
  url: string,
  timers: Timers = systemTimers,
): Promise<TestDatabase> {
  const { log, takeStatements } = recorder();
  const database = await openPostgres({
    url,
    poolSize: 8,
    timers,
    log,
    onError: doNothing,
  });
  await migrate(database.db);
  return { ...database, takeStatements };
}

function recorder() {
  let statements: string[] = [];
  return {
    log: ({ query }: { readonly query: { readonly sql: string } }) =>
      void statements.push(query.sql),
    takeStatements: () => {
      const taken = statements;
      statements = [];
      return taken;
    },
  };
}
