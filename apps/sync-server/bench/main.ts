import { cpus } from 'node:os';
import { startPostgres } from '../src/testing/postgres-cluster.ts';
import { benchFlush } from './flush-bench.ts';
import { benchLive } from './live-bench.ts';
import { benchPull } from './pull-bench.ts';
import { measureRows } from './row-sizes.ts';
import { startServer } from './server-process.ts';

const whole = (number: number): string => Math.round(number).toLocaleString('en');

const cluster = await startPostgres('as-in-production');
const server = await startServer(cluster.url);
try {
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`);
  const flush = await benchFlush(server.url, cluster.url);
  const ratio = flush.flush / flush.bare;
  console.log(`bare multi-row INSERT of 500 rows   ${whole(flush.bare)} rows/s`);
  console.log(
    `flush of 500 messages               ${whole(flush.flush)} rows/s, ${ratio.toFixed(2)} of bare (budget 0.7)`,
  );
  console.log(`flush, four at a time               ${whole(flush.flushOfFour)} rows/s`);

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
  console.log(`memory of a stream                  ${whole(live.bytesPerStream / 1024)} KiB`);

  for (const { table, rows, heap, indexes } of await measureRows(server.url, cluster.url)) {
    console.log(
      `row of ${table.padEnd(28)} ${heap} bytes and ${indexes} in indexes (${whole(rows)} rows)`,
    );
  }
  if (ratio < 0.7 || live.small.p99 > 200) process.exitCode = 1;
} finally {
  await server.stop();
  await cluster.stop();
}
