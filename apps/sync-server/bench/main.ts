import { cpus, loadavg } from 'node:os';
import { type PostgresCluster, startPostgres } from '../src/testing/postgres-cluster.ts';
import { cpuTime } from './cpu-time.ts';
import { benchFlush, benchSingles } from './flush-bench.ts';
import { benchLive, measureStreamMemory } from './live-bench.ts';
import { benchPull } from './pull-bench.ts';
import { measureRows } from './row-sizes.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const whole = (number: number): string => Math.round(number).toLocaleString('en');

type Bench = (server: ServerProcess, database: PostgresCluster) => Promise<void>;

const BENCHES: Readonly<Record<string, Bench>> = {
  async flush({ url, pid }, database) {
    const pids = { server: pid, postgres: database.pid };
    const { one, four, cpu } = await benchFlush(url, database.url, pids);
    for (const [title, { bare, flush }] of Object.entries({ one, four })) {
      console.log(
        `${title} at a time: bare INSERT ${whole(bare)} rows/s, flush ${whole(flush)} rows/s, ${(flush / bare).toFixed(2)} (budget 0.7)`,
      );
    }
    console.log(
      `CPU for 500 rows: PostgreSQL ${cpu.bare.toFixed(1)} ms and the driver ${cpu.driver.toFixed(1)} ms bare; PostgreSQL ${cpu.flush.toFixed(1)} ms and the server ${cpu.server.toFixed(1)} ms for a flush; ${((cpu.bare + cpu.driver) / (cpu.flush + cpu.server)).toFixed(2)} in all, ${(cpu.bare / cpu.flush).toFixed(2)} of PostgreSQL`,
    );
    const before = cpuTime(pid) + cpuTime(database.pid);
    const rate = await benchSingles(url);
    const each = (cpuTime(pid) + cpuTime(database.pid) - before) / 1600;
    console.log(
      `flushes of one message, 16 at a time: ${whole(rate)} a second, ${each.toFixed(2)} ms of CPU each`,
    );
  },

  async pull({ url }) {
    const { changes, pages, ms, bytes } = await benchPull(url);
    const rate = whole(changes / (ms / 1000));
    console.log(
      `pull of ${whole(changes)} changes: ${(ms / 1000).toFixed(2)} s, ${rate} a second, ${pages} pages, ${whole(bytes / changes)} bytes a change`,
    );
  },

  async live(server) {
    const { small, large } = await benchLive(server);
    for (const [title, { receipts, p50, p99 }] of Object.entries({ small, large })) {
      console.log(
        `1,000 streams, ${title} groups: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms over ${whole(receipts)} receipts (budget p99 200 ms)`,
      );
    }
  },

  async memory(_server, database) {
    const idle = await startServer(database.url);
    try {
      console.log(
        `memory of an idle stream: ${whole((await measureStreamMemory(idle)) / 1024)} KiB`,
      );
    } finally {
      await idle.stop();
    }
  },

  async rows({ url }, database) {
    for (const { table, rows, heap, indexes } of await measureRows(url, database.url)) {
      console.log(`row of ${table}: ${heap} bytes and ${indexes} in indexes (${whole(rows)} rows)`);
    }
  },
};

const names = process.argv.slice(2);
const cluster = await startPostgres('as-in-production');
const server = await startServer(cluster.url);
try {
  console.log(
    `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`,
  );
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (names.length === 0 || names.includes(name)) await bench(server, cluster);
  }
} finally {
  await server.stop();
  await cluster.stop();
}
