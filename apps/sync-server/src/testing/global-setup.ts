import { type TestProject } from 'vitest/node';
import { startPostgres } from './postgres-cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly postgresUrl: string;
  }
}

/** Runs one PostgreSQL for all tests of the server. Without PostgreSQL there are no such tests, and that is an error. */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const cluster = await startPostgres();
  project.provide('postgresUrl', cluster.url);
  return () => cluster.stop();
};
