import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, '../../dist/apps/sync-server/main.js');

/** The built server in a process of its own, as it runs in production but for the sign-in. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** What the process holds in memory, bytes. */
  memory(): number;
  stop(): Promise<void>;
}

/** Starts it on a database. */
export async function startServer(databaseUrl: string): Promise<ServerProcess> {
  const server = spawn(process.execPath, [PROGRAM], {
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: databaseUrl,
      AUTH: 'development',
      PORT: '0',
      LOG_LEVEL: 'error',
      RATE_PER_SECOND: '1000000',
      RATE_BURST: '10000000',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = () => server.kill();
  process.once('exit', kill);
  const exited = once(server, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    server.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const [, found] = /Sync server at (\S+)/.exec(text) ?? [];
      if (found) resolve(found);
    });
    server.once('exit', () => reject(new Error(`the server ended at once: ${text}`)));
  });
  return {
    url,
    pid: server.pid ?? 0,
    memory() {
      const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
    },
    async stop() {
      process.off('exit', kill);
      server.kill('SIGTERM');
      await exited;
    },
  };
}
