import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type * as SyncServer from '@chat-vault/sync-server';
import { listenOnFirstFree } from './first-free-port.ts';

/** What the sync server gives a program that starts it in its own process. */
export type SyncServerCode = Pick<
  typeof SyncServer,
  'createLog' | 'DatabaseUnusable' | 'DEFAULTS' | 'startSyncServer' | 'systemTimers'
>;

/** A sync server that runs. */
export interface LiveServer {
  /** Its address, such as `http://localhost:4320`. */
  readonly url: string;
  /** Tells open streams, then ends. */
  close(): Promise<void>;
}

/** How long requests that are under way may take at the end, milliseconds. */
const DRAIN_MS = 2_000;

/**
 * Starts the sync server over a database in a folder, where whoever says a name is that person: for development.
 * `undefined` when another process has the folder, as its database is for one.
 */
export async function startLiveServer(
  { createLog, DatabaseUnusable, DEFAULTS, startSyncServer, systemTimers }: SyncServerCode,
  options: {
    readonly folder: string;
    readonly port: number | undefined;
    /** Whose pages may call it. */
    readonly origins: readonly string[];
  },
): Promise<LiveServer | undefined> {
  const { folder, origins } = options;
  await mkdir(folder, { recursive: true });
  try {
    const port = await freePort(DEFAULTS.port, options.port);
    const server = await startSyncServer(
      {
        ...DEFAULTS,
        port,
        origins,
        database: { kind: 'pglite', folder: join(folder, 'database') },
        auth: { kind: 'development' },
        drainMs: DRAIN_MS,
      },
      { timers: systemTimers, log: createLog('warn') },
    );
    return {
      url: server.url.replace('127.0.0.1', 'localhost'),
      close: () => server.close(),
    };
  } catch (error) {
    if (error instanceof DatabaseUnusable) return undefined;
    throw error;
  }
}

async function freePort(from: number, port: number | undefined): Promise<number> {
  const probe = await listenOnFirstFree(createServer(), { from, port });
  const { port: found } = probe.address() as AddressInfo;
  const closed = once(probe, 'close');
  probe.close();
  await closed;
  return found;
}
