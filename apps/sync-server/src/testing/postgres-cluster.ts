import { spawn, type SpawnOptions, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** A PostgreSQL server of our own, in a folder of its own. */
export interface PostgresCluster {
  /** Of the database `postgres`; others are made from there. */
  readonly url: string;
  /** Its process, for looking at what it needs. */
  readonly pid: number;
  /** Ends the process as if the machine was being restarted; what is committed stays. */
  halt(): Promise<void>;
  /** Starts it again at the same address, after `halt`. */
  resume(): Promise<void>;
  /** Ends and removes it. */
  stop(): Promise<void>;
}

/** How safe it writes: `tests` leave out what only a power cut would notice. */
export type Durability = 'tests' | 'as-in-production';

/**
 * Starts a new cluster on a free port of the loopback interface, as a person without rights when we are root.
 * @throws Error that says what to install when PostgreSQL is not on this machine
 */
export async function startPostgres(durability: Durability = 'tests'): Promise<PostgresCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'chat-sync-postgres-'));
  try {
    return await startIn(folder, durability);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

const SETTINGS = {
  tests: ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off'],
  'as-in-production': ['shared_buffers=256MB', 'max_wal_size=2GB'],
} as const;

async function startIn(folder: string, durability: Durability): Promise<PostgresCluster> {
  const data = join(folder, 'data');
  const user = unprivileged();
  if (user) chownSync(folder, user.uid, user.gid);
  const options = { cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: 'C' }, ...user };
  const words = ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-sync'];
  const made = spawnSync(programOf('initdb'), words, { ...options, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || made.error?.message}`);

  const port = await freePort();
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'max_connections=200',
  ];
  const serverWords = [
    '-D',
    data,
    ...[...settings, ...SETTINGS[durability]].flatMap((one) => ['-c', one]),
  ];
  let running = await run(serverWords, options);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    get pid() {
      return running.pid;
    },
    halt: () => running.halt(),
    async resume() {
      running = await run(serverWords, options);
    },
    async stop() {
      await running.halt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A process that takes connections. */
interface Running {
  readonly pid: number;
  halt(): Promise<void>;
}

async function run(words: readonly string[], options: SpawnOptions): Promise<Running> {
  const server = spawn(programOf('postgres'), words, {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  const exited = once(server, 'exit');
  const ready = new Promise<void>((resolve, reject) => {
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-4000);
      if (log.includes('ready to accept connections')) resolve();
    });
    server.once('exit', () => reject(new Error(`PostgreSQL ended at once: ${log}`)));
    server.once('error', reject);
  });
  const kill = () => server.kill('SIGQUIT');
  process.once('exit', kill);
  await ready;
  return {
    pid: server.pid ?? 0,
    async halt() {
      process.off('exit', kill);
      // Ends what is open, instead of waiting for it.
      if (server.kill('SIGINT')) await exited;
    },
  };
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  return process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;
}

function programOf(name: string): string {
  const path = folders()
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
  if (path !== undefined) return path;
  throw new Error(
    `The tests of the sync server need PostgreSQL, and there is no "${name}" on this machine: ` +
      'install it (Debian: apt-get install postgresql) or put its programs on the PATH.',
  );
}

function folders(): readonly string[] {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian) : [];
  return [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions
      .toSorted((a, b) => Number(b) - Number(a))
      .map((version) => join(debian, version, 'bin')),
    '/usr/local/bin',
    '/opt/homebrew/bin',
  ];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
