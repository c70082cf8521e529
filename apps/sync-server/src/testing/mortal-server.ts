import { type KyselyPlugin } from 'kysely';
import { type Database } from '../database/open-database.ts';
import { createLog } from '../observe/log.ts';
import { type Metrics } from '../observe/metrics.ts';
import { type RunningServer, startSyncServer } from '../sync-server.ts';
import { type Timers } from '../timers.ts';
import { type CutNetwork } from './cut-network.ts';
import { TEST_CONFIG } from './test-world.ts';

/** A server that dies in the middle of its work, like a process that is killed, and is started again on the same database. */
export class MortalServer {
  readonly #database: Database;
  readonly #network: CutNetwork;
  readonly #timers: Timers;
  readonly #metrics: Metrics[] = [];
  #server: RunningServer | undefined;
  #life = { isOver: true };
  /** Until how many more times it has asked the database, or was answered. */
  #stepsLeft = Infinity;
  /** How often it died. */
  deaths = 0;

  constructor(database: Database, network: CutNetwork, timers: Timers) {
    this.#database = database;
    this.#network = network;
    this.#timers = timers;
  }

  get isDead(): boolean {
    return this.#life.isOver;
  }

  /** Starts it, on what the one before left behind. */
  async start(): Promise<void> {
    await this.#server?.close();
    const life = (this.#life = { isOver: false });
    this.#stepsLeft = Infinity;
    const step = (): void => {
      if (!life.isOver && --this.#stepsLeft <= 0) this.die();
      // The database takes back what a killed process did not commit.
      if (life.isOver) throw new Error('the server was killed');
    };
    const plugin: KyselyPlugin = {
      transformQuery: ({ node }) => {
        step();
        return node;
      },
      transformResult: ({ result }) => {
        step();
        return Promise.resolve(result);
      },
    };
    const timers: Timers = {
      now: () => this.#timers.now(),
      every: (ms, run) => this.#timers.every(ms, run),
      after: (ms, run) => {
        if (!life.isOver) return this.#timers.after(ms, run);
        // A killed process drains nothing.
        const immediate = setImmediate(run);
        return () => clearImmediate(immediate);
      },
    };
    this.#server = await startSyncServer(TEST_CONFIG, {
      timers,
      log: createLog('debug', { write: () => undefined }),
      onMetrics: (metrics) => this.#metrics.push(metrics),
      database: { ...this.#database, db: this.#database.db.withPlugin(plugin) },
    });
    this.#network.port = Number(new URL(this.#server.url).port);
  }

  /** Dies when it has asked the database so many more times, and not before, whatever was said before. */
  dieAfter(steps: number): void {
    this.#stepsLeft = steps;
  }

  /** Nobody hears of it again, and it does nothing more to the database. */
  die(): void {
    if (this.#life.isOver) return;
    this.#life.isOver = true;
    this.deaths += 1;
    this.#network.port = undefined;
    this.#network.cutAll();
  }

  /** How many operations it had already when they came, in all its lives. */
  async repeated(): Promise<number> {
    let count = 0;
    for (const { registry } of this.#metrics) {
      const counter = await registry.getSingleMetric('chat_sync_operations_total')?.get();
      for (const { labels, value } of counter?.values ?? []) {
        if (labels['status'] === 'duplicate') count += value;
      }
    }
    return count;
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}
