import { type OperationResult } from '@chat-vault/live-sync/protocol';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The figures of one server, for Prometheus. */
export type Metrics = ReturnType<typeof createMetrics>;

/** What the gauges ask when they are read. */
export interface Gauges {
  readonly streams: () => number;
  readonly pool: () => { readonly open: number; readonly idle: number; readonly waiting: number };
}

/** Counters in a registry of their own, so that two servers in one process do not mix. */
export function createMetrics({ streams, pool }: Gauges) {
  const registry = new Registry();
  addGauges(registry, { streams, pool });
  const own = { registers: [registry] };
  return {
    registry,
    /** Adds the figures of the process: memory, event loop, garbage collection. */
    withProcess: () => collectDefaultMetrics({ register: registry }),
    requests: new Histogram({
      ...own,
      name: 'chat_sync_request_seconds',
      help: 'Requests by route and status; of a live stream the time to its first byte',
      labelNames: ['route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
    countOperations: operationsCounter(registry),
    changesRead: new Counter({
      ...own,
      name: 'chat_sync_live_changes_read_total',
      help: 'Changes that were read for all live streams together',
    }),
    changesSent: new Counter({
      ...own,
      name: 'chat_sync_live_changes_sent_total',
      help: 'Changes that were given to live streams',
    }),
    hubFailures: new Counter({
      ...own,
      name: 'chat_sync_live_failures_total',
      help: 'How often the changes could not be read, which ends every stream',
    }),
    rateLimited: new Counter({
      ...own,
      name: 'chat_sync_rate_limited_total',
      help: 'Requests refused because a person sent too many',
    }),
  };
}

/** Counts the operations of a batch, each kind of result at once. */
function operationsCounter(registry: Registry): (results: readonly OperationResult[]) => void {
  const counter = new Counter({
    registers: [registry],
    name: 'chat_sync_operations_total',
    help: 'Operations by what became of them',
    labelNames: ['status', 'reason'],
  });
  return (results) => {
    const counts = new Map<string, number>();
    for (const result of results) {
      const kind = `${result.status} ${result.status === 'rejected' ? result.reason : ''}`;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    for (const [kind, count] of counts) {
      const [status = '', reason = ''] = kind.split(' ');
      counter.inc({ status, reason }, count);
    }
  };
}

function addGauges(registry: Registry, { streams, pool }: Gauges): void {
  const own = { registers: [registry] };
  new Gauge({
    ...own,
    name: 'chat_sync_live_streams',
    help: 'Open live streams',
    collect() {
      this.set(streams());
    },
  });
  new Gauge({
    ...own,
    name: 'chat_sync_database_connections',
    help: 'Connections of the pool by state, and requests that wait for one',
    labelNames: ['state'],
    collect() {
      const { open, idle, waiting } = pool();
      this.set({ state: 'open' }, open);
      this.set({ state: 'idle' }, idle);
      this.set({ state: 'waiting' }, waiting);
    },
  });
}
