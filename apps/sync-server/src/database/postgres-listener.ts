import pg from 'pg';
import { doNothing, type Timers } from '../timers.ts';
import { type Listening } from './open-database.ts';

const CHANNEL = 'chat_sync_changes';
const RECONNECT_MS = 1000;

/** Where to listen, and who is told when the connection breaks. */
export interface ListenerOptions {
  readonly url: string;
  readonly timers: Timers;
  readonly onError: (error: Error) => void;
}

/**
 * Listens and notifies on a connection of its own, and opens another one when it breaks: then notices may have been missed. Not
 * in the transactions that write: PostgreSQL makes commits that notify wait for each other, down to the disk.
 */
export async function openListener(
  options: ListenerOptions,
  onNotice: () => void,
): Promise<Listening> {
  const listener = new Listener(options, onNotice);
  await listener.connect();
  return listener;
}

class Listener implements Listening {
  readonly #options: ListenerOptions;
  readonly #onNotice: () => void;
  #client: pg.Client | undefined;
  #isStopped = false;
  #isNotifying = false;
  #isToNotify = false;
  #cancelRetry = doNothing;

  constructor(options: ListenerOptions, onNotice: () => void) {
    this.#options = options;
    this.#onNotice = onNotice;
  }

  async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.url,
      application_name: 'chat-sync-listener',
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
      // A network that swallows everything is found out by the first notice.
      query_timeout: 10_000,
      // A notice is not worth a wait for the disk.
      options: '-c synchronous_commit=off',
    });
    client.on('error', (error) => this.#lose(client, error));
    client.on('end', () => this.#lose(client, new Error('the connection that listens has ended')));
    client.on('notification', this.#onNotice);
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      client.end().catch(doNothing); // it never opened
      throw error;
    }
    if (this.#isStopped) return client.end();
    this.#client = client;
    this.#onNotice();
  }

  notify(): void {
    this.#isToNotify = true;
    if (!this.#isNotifying) void this.#notifyAll();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelRetry();
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  async #notifyAll(): Promise<void> {
    this.#isNotifying = true;
    while (this.#isToNotify) {
      this.#isToNotify = false;
      const client = this.#client;
      // Without a connection the others find it themselves, a little later.
      await client?.query(`NOTIFY ${CHANNEL}`).catch((error: Error) => this.#lose(client, error));
    }
    this.#isNotifying = false;
  }

  #lose(client: pg.Client, error: Error): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#options.onError(error);
    client.end().catch(doNothing); // it is broken already
    this.#retry();
  }

  #retry(): void {
    this.#cancelRetry = this.#options.timers.after(RECONNECT_MS, () => {
      this.connect().catch((error: Error) => {
        this.#options.onError(error);
        if (!this.#isStopped) this.#retry();
      });
    });
  }
}
