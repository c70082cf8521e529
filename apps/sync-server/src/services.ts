import { type Authenticator } from './auth/authenticator.ts';
import { type DevelopmentLogin } from './auth/development-login.ts';
import { type ServerConfig } from './config/server-config.ts';
import { type Database } from './database/open-database.ts';
import { type ChangeHub } from './live/change-hub.ts';
import { type LiveStream } from './live/live-stream.ts';
import { type Log } from './observe/log.ts';
import { type Metrics } from './observe/metrics.ts';
import { type Timers } from './timers.ts';

/** What the routes work with. */
export interface Services {
  readonly config: ServerConfig;
  readonly database: Database;
  readonly authenticator: Authenticator;
  /** The sign-in by name, in development. */
  readonly development?: DevelopmentLogin;
  readonly hub: ChangeHub;
  readonly streams: Set<LiveStream>;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Lets few reads of many changes run at the same time, so that others get a connection too. */
  readonly inTurn: <Result>(run: () => Promise<Result>) => Promise<Result>;
  /** @throws HttpProblem `rate-limited` */
  readonly limitRate: (userId: string, cost: number) => void;
  /** @throws HttpProblem `rate-limited` when a person has as many streams as allowed */
  readonly requireRoom: (userId: string) => void;
  readonly isStopping: () => boolean;
}
