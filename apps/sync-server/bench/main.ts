import { cpus } from 'node:os';
import { startPostgres } from '../src/testing/postgres-cluster.ts';
import { benchFlush, benchSingles } from './flush-bench.ts';
import { benchLive, measureStreamMemory } from './live-bench.ts';
import { benchPull } from './pull-bench.ts';
import { measureRows } from './row-sizes.ts';
import { startServer } from './server-process.ts';

const whole = (number: number): string => Math.round(number).toLocaleString('en');

const cluster = await startPostgres('as-in-production');
const server = await startServer(cluster.url);
try {
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`);
  const flush = await benchFlush(server.url, cluster.url);
  for (const [title, { bare, flush: flushed }] of Object.entries(flush)) {
    console.log(
      `${title} at a time: bare INSERT ${whole(bare)} rows/s, flush ${whole(flushed)} rows/s, ${(flushed / bare).toFixed(2)} (budget 0.7)`,
    );
  }

  console.log(
    `flushes of one message, 16 at a time ${whole(await benchSingles(server.url))} a second`,
  );

  const pull = await benchPull(server.url);
  console.log(
    `pull of ${whole(pull.changes)} changes             ${(pull.ms / 1000).toFixed(2)} s, ${whole(pull.changes / (pull.ms / 1000))} changes/s, ${pull.pages} pages, ${whole(pull.bytes / pull.changes)} bytes a change`,
  );

  const live = await benchLive(server);
  for (const [title, { receipts, p50, p99 }] of [
    ['1,000 streams, groups of 10', live.small],
    ['1,000 streams, one group', live.large],
  ] as const) {
    console.log(
      `${title.padEnd(35)} p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms over ${whole(receipts)} receipts (budget p99 200 ms)`,
    );
  }
  const idle = await startServer(cluster.url);
  try {
    const bytes = await measureStreamMemory(idle);
    console.log(`memory of an idle stream            ${whole(bytes / 1024)} KiB`);
  } finally {
    await idle.stop();
  }

  for (const { table, rows, heap, indexes } of await measureRows(server.url, cluster.url)) {
    console.log(
      `row of ${table.padEnd(28)} ${heap} bytes and ${indexes} in indexes (${whole(rows)} rows)`,
    );
  }
  const ratio = flush.four.flush / flush.four.bare;
  if (ratio < 0.7 || live.small.p99 > 200) process.exitCode = 1;
} finally {
  await server.stop();
  await cluster.stop();
}
