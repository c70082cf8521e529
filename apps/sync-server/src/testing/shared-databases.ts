import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { type TestProject } from 'vitest/node';
import { type PostgresCluster, startPostgres } from './postgres-cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a file of tests asks for its databases: `/postgres/<worker>` and `/pglite`. */
    readonly sharedDatabases: string;
  }
}

/**
 * What is slow to make is made once in a run, and only when a file of tests asks for it: a PostgreSQL for each worker, which
 * runs its files one after the other, so that no open transaction of another file holds back its changes; and the files of a
 * new PGlite, which are loaded much faster than made.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const clusters = new Map<string, Promise<PostgresCluster>>();
  const folder = mkdtempSync(join(tmpdir(), 'chat-sync-shared-'));
  let pglite: Promise<string> | undefined;
  const answerTo = async (path: string): Promise<string> => {
    if (path === '/pglite') return (pglite ??= dumpPglite(join(folder, 'pglite.tar')));
    const cluster = clusters.get(path) ?? startPostgres();
    clusters.set(path, cluster);
    return (await cluster).url;
  };
  const server = createServer((request, response) => {
    response.setHeader('connection', 'close');
    answerTo(request.url ?? '').then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(`${error}`),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  project.provide('sharedDatabases', `http://127.0.0.1:${port}`);
  return async () => {
    server.close();
    for (const cluster of clusters.values()) await (await cluster).stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function dumpPglite(file: string): Promise<string> {
  const pglite = await PGlite.create();
  const dump = await pglite.dumpDataDir('none');
  await pglite.close();
  writeFileSync(file, Buffer.from(await dump.arrayBuffer()));
  return file;
}
