import { randomUUID } from 'node:crypto';
import { type ServerConfig } from '../config/server-config.ts';
import { createLog } from '../observe/log.ts';
import { type Metrics } from '../observe/metrics.ts';
import { type RunningServer, startSyncServer } from '../sync-server.ts';
import { ManualTimers } from './manual-timers.ts';
import { type TestDatabase } from './test-databases.ts';
import { TestPerson } from './test-person.ts';

/** When the tests happen. */
export const START = Date.UTC(2024, 5, 1, 12);

/** A running server with its database and its time. */
export interface TestWorld {
  readonly database: TestDatabase;
  readonly timers: ManualTimers;
  readonly server: RunningServer;
  readonly metrics: Metrics;
  /** What it logged. */
  readonly logged: () => string;
  /** Somebody whom no other test knows. */
  person(name?: string): Promise<TestPerson>;
  close(): Promise<void>;
}

/** How the servers of the tests are set. */
export const TEST_CONFIG: ServerConfig = {
  host: '127.0.0.1',
  port: 0,
  database: { kind: 'pglite' },
  auth: { kind: 'development', secret: 'a secret that all instances of the tests share' },
  origins: ['https://chat.example'],
  rate: { perSecond: 1_000_000, burst: 10_000_000 },
  streamsPerUser: 20,
  drainMs: 1000,
  logLevel: 'debug',
};

/** Starts a server on an open database, which stays open when the server is closed. */
export async function startTestWorld(
  database: TestDatabase,
  config: Partial<ServerConfig> = {},
  timers = new ManualTimers(START),
): Promise<TestWorld> {
  const lines: string[] = [];
  const log = createLog('debug', { write: (line: string) => void lines.push(line) });
  let metrics: Metrics | undefined;
  const server = await startSyncServer(
    { ...TEST_CONFIG, ...config },
    { timers, log, database, onMetrics: (given) => (metrics = given) },
  );
  if (metrics === undefined) throw new Error('a server that starts gives its figures');
  return {
    database,
    timers,
    server,
    metrics,
    logged: () => lines.join(''),
    person: (name = 'person') =>
      TestPerson.signIn(server.url, `${name}-${randomUUID().slice(0, 8)}`, timers),
    close: () => server.close(),
  };
}

/** A new conversation that its creator owns, with these members. */
export async function createConversation(
  creator: TestPerson,
  ...members: readonly TestPerson[]
): Promise<string> {
  const conversationUrn = `urn:chat:${randomUUID()}`;
  const memberIds = members.map(({ userId }) => userId);
  const [result] = await creator.outcomes(
    creator.op('CONVERSATION_CREATE', { conversationUrn, title: null, memberIds }),
  );
  if (result !== 'applied') throw new Error(`the conversation was ${result}`);
  return conversationUrn;
}
