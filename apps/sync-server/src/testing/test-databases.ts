import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
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
    const loadDataDir = await newPgliteFiles();
    const database = await openPglite({ log, ...(loadDataDir ? { loadDataDir } : {}) });
    await migrate(database.db);
    return { ...database, takeStatements };
  }
  return openTestPostgres(await createPostgresDatabase());
}

/** Asks the run of the tests for something that it makes once; `undefined` where tests run without it. */
async function askRun(path: string): Promise<string | undefined> {
  const url = inject('sharedDatabases') as string | undefined;
  if (url === undefined) return undefined;
  const response = await fetch(`${url}${path}`);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

async function newPgliteFiles(): Promise<Blob | undefined> {
  const file = await askRun('/pglite');
  return file === undefined ? undefined : new Blob([readFileSync(file)]);
}

/**
 * The PostgreSQL of this worker, and of no other: an open transaction holds back the changes of all databases of a cluster.
 * Without PostgreSQL on the machine these tests fail, and say so.
 */
let clusterUrl: Promise<string> | undefined;
let ownCluster: PostgresCluster | undefined;
afterAll(() => ownCluster?.stop());

async function findCluster(): Promise<string> {
  const url = await askRun(`/postgres/${process.env['VITEST_POOL_ID']}`);
  if (url !== undefined) return url;
  ownCluster = await startPostgres();
  return ownCluster.url;
}

/** The address of a new empty database in the cluster of the tests. */
export async function createPostgresDatabase(): Promise<string> {
  clusterUrl ??= findCluster();
  const address = await clusterUrl;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(address);
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
